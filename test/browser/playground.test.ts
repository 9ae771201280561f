import type { Browser, BrowserContext } from "playwright-core";
import { launchBrowser, logContext, type ContextLog } from "./support/browser";
import {
  choosePerson,
  openPlayground,
  openTab,
  pasteVariables,
  run,
  takePicture,
  waitForAnswer,
} from "./support/playgroundPage";
import { startServer, type RunningServer } from "./support/startServer";
import { prepareStory, type Story } from "./support/story";

describe("the playground in a browser", () => {
  let server: RunningServer;
  let browser: Browser;
  let context: BrowserContext;
  let log: ContextLog;
  let story: Story;

  beforeAll(async () => {
    server = await startServer();
    story = await prepareStory(server.url);
    browser = await launchBrowser();
    context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    log = logContext(context);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  }, 30_000);

  afterEach(async () => {
    for (const page of context.pages()) await page.close();
  });

  it("answers as the person who was picked, and remembers the choice", async () => {
    const page = await openPlayground(context, server.url);
    await choosePerson(page, story.partner.email);
    await run(page);
    await waitForAnswer(page, `"email": "${story.partner.email}"`);

    await choosePerson(page, story.customer.email);
    await run(page);
    await waitForAnswer(page, `"email": "${story.customer.email}"`);

    await page.reload();
    expect(await page.getByLabel("You are").inputValue()).toBe(story.customer.email);
  }, 60_000);

  it("opens the request that a link in an email names, also when tabs are remembered", async () => {
    for (const requestId of ["COCP-0000-0000", "COCP-1111-1111"]) {
      const page = await openPlayground(context, `${server.url}/?request=${requestId}`);
      await choosePerson(page, story.partner.email);
      await page.getByText(`"${requestId}"`).waitFor();
      await run(page);
      await waitForAnswer(page, '"cocpRequest": null');
    }
  }, 60_000);

  it("shows a partner live what a customer submits in another window", async () => {
    const partner = await openPlayground(context, server.url);
    await choosePerson(partner, story.partner.email);
    await openTab(partner, "WatchLive");
    await pasteVariables(partner, { after: story.feedCursor });
    await run(partner);

    const customer = await openPlayground(context, server.url);
    await choosePerson(customer, story.customer.email);
    await openTab(customer, "Initiate");
    await pasteVariables(customer, story.initiate);
    await run(customer);
    await waitForAnswer(customer, '"status": "IN_PROGRESS"');

    await waitForAnswer(partner, '"type": "INITIATED"');
    if (process.env["UPDATE_PICTURES"]) await takePicture(partner, "docs/playground.png");
  }, 60_000);

  it("asks no host but its own, and breaks no rule of its Content-Security-Policy", () => {
    const { host } = new URL(server.url);
    expect(log.requested).toContain(`ws://${host}/graphql`);
    expect(log.requested.filter((url) => !/^(data|blob):/.test(url) && new URL(url).host !== host)).toEqual([]);
    expect(log.errors).toEqual([]);
  });
});
