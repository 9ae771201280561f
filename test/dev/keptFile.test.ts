import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeptFile, writeWhole } from "../../src/dev/keptFile";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "changeover-kept-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

let made = 0;
const options = { isWhole: (text: string) => text.endsWith("."), make: () => `made ${++made}.` };

test("a kept file stays the same between starts, and two starts at once agree on it", async () => {
  const path = join(folder, "kept");
  const [one, other] = await Promise.all([readKeptFile(path, options), readKeptFile(path, options)]);
  expect(other).toBe(one);
  expect(await readKeptFile(path, options)).toBe(one);
  expect(await readdir(folder)).toEqual(["kept"]);
});

test.each(["", "cut o"])("a kept file that was cut off to %p is made anew", async (rest) => {
  const path = join(folder, "kept");
  await writeFile(path, rest);
  const text = await readKeptFile(path, options);
  expect(text).toMatch(/^made \d+\.$/);
  expect(await readFile(path, "utf8")).toBe(text);
});

test("a file is written whole in place of the one before", async () => {
  const path = join(folder, "mail.eml");
  await writeWhole(path, "one");
  await writeWhole(path, "two");
  expect(await readdir(folder)).toEqual(["mail.eml"]);
  expect(await readFile(path, "utf8")).toBe("two");
});
