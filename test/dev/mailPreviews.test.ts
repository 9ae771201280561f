import { mailPreviewRoutes } from "../../src/dev/mailbox/mailPreviews";
import { CocpNotificationKind } from "../../src/domain/model";
import { serveRoutes } from "../support/processes/devServer";

let server: Awaited<ReturnType<typeof serveRoutes>>;
beforeAll(async () => {
  server = await serveRoutes(mailPreviewRoutes({ customer: null, partner: null, operations: null }));
});
afterAll(() => server.stop());

const page = async (path: string) => (await fetch(`${server.url}${path}`)).text();

test("lists a mail of every kind, and each can be looked at", async () => {
  const list = await page("/dev/mail-previews");
  for (const kind of Object.keys(CocpNotificationKind)) expect(list).toContain(`<td>${kind}</td>`);
  const links = [...list.matchAll(/href="(\/dev\/mail-previews\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(links.length).toBeGreaterThan(15);
  for (const link of links) expect(await page(link)).toContain("COCP-7Q4M-K2XW");
});

test("the old partner's mails name neither the new partner nor what was said", async () => {
  for (const name of ["approved", "completed", "effective-date-amended"]) {
    const mail = await page(`/dev/mail-previews/${name}-old-partner`);
    expect(mail).toContain("Meridian Cloud Partners");
    expect(mail).not.toMatch(/Harrowgate|before the summer/);
  }
});

test("a mail that there is not is 404", async () => {
  expect((await fetch(`${server.url}/dev/mail-previews/nonsense`)).status).toBe(404);
});
