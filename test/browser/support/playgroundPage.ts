import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { packageFolder } from "../../../src/paths";

/** Opens the playground in a window of its own, ready to type. */
export async function openPlayground(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  const answer = await page.goto(url);
  if (!answer?.ok()) throw new Error(`The playground was not served: ${await answer?.text()}`);
  await editor(page, "Operation Editor").waitFor();
  await editor(page, "Variables").waitFor({ state: "attached" });
  return page;
}

/** Becomes the demo person with this e-mail address. */
export async function choosePerson(page: Page, email: string): Promise<void> {
  await page.getByLabel("You are").selectOption(email);
}

/** Goes to the ready operation of this name. */
export async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole("tab", { name, exact: true }).click();
}

/** Replaces the variables of the present tab, pasting: the editor would complete brackets that are typed. */
export async function pasteVariables(page: Page, variables: object): Promise<void> {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(JSON.stringify(variables))})`);
  await editor(page, "Variables").click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("ControlOrMeta+V");
}

/** Runs the operation of the present tab. */
export async function run(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Execute query/ }).click();
}

/** Waits until the answer shows this text. */
export async function waitForAnswer(page: Page, text: string): Promise<void> {
  await page.getByRole("region", { name: "Result Window" }).filter({ hasText: text }).waitFor();
}

/** Writes a picture of the window to a file of the repository. */
export async function takePicture(page: Page, path: string): Promise<void> {
  await page.bringToFront();
  await page.screenshot({ path: join(packageFolder, path) });
}

function editor(page: Page, region: string) {
  return page.getByRole("region", { name: region }).locator(".monaco-editor .view-lines");
}
