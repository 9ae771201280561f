import { createHash } from "node:crypto";
import { renderForm } from "../../src/forms/renderForm";
import { UnavailableError } from "../../src/services/availability";
import { createFormMaker, type FormMaker, type FormMakerOptions } from "../../src/services/makeForm";
import { factsOf, formRecord, twenty } from "../support/formFacts";

const makers: FormMaker[] = [];
function makerOf(options?: FormMakerOptions): FormMaker {
  const maker = createFormMaker(options);
  makers.push(maker);
  return maker;
}
afterEach(async () => {
  for (const maker of makers.splice(0)) await maker.stop();
});

/** More accounts than a request can have. */
const wild = factsOf(
  Array.from({ length: 5_000 }, (_, index) => ({
    ...formRecord,
    billingAccountId: `account-${index}`,
    displayName: `${index} ${"W".repeat(250)}`,
  })),
);

test("a form is the same, whether it is made in a thread or not", async () => {
  expect((await makerOf().make(twenty)).equals(await renderForm(twenty))).toBe(true);
});

test.each([{}, { mostWaiting: 3 }])(
  "of %j only so many forms wait, a hundred by default: the next is refused",
  async (options) => {
    const maker = makerOf(options);
    const forms = Array.from({ length: options.mostWaiting ?? 100 }, () => maker.make(factsOf()));
    await expect(maker.make(factsOf())).rejects.toThrow(UnavailableError);
    await forms[0];
    expect((await maker.make(factsOf())).length).toBeGreaterThan(0);
  },
);

test("the digest of the same facts is computed once, however many ask at once", async () => {
  const maker = makerOf({ mostWaiting: 1 });
  const digests = await Promise.all(Array.from({ length: 50 }, () => maker.digest(structuredClone(twenty))));
  const form = maker.make(twenty);
  digests.push(await maker.digest(twenty)); // cached: there is no room to make another
  const expected = createHash("sha256")
    .update(await form)
    .digest("hex");
  expect(new Set(digests)).toEqual(new Set([expected]));
});

test("F12: a form that needs more memory than the thread may have fails alone, and the next is made in a new thread", async () => {
  const maker = makerOf({ memory: 48, patience: 600_000 });
  const [failed, next] = await Promise.allSettled([maker.make(wild), maker.make(twenty)]);
  expect(String(failed.status === "rejected" && failed.reason)).toMatch(
    /could not be made: .*ERR_WORKER_OUT_OF_MEMORY/,
  );
  expect(next).toMatchObject({ status: "fulfilled" });
});

test("F12: so does one that takes too long", async () => {
  const options = { patience: 1 };
  const maker = makerOf(options);
  await expect(maker.make(twenty)).rejects.toThrow("could not be made: it takes more than 0.001 s");
  options.patience = 600_000;
  expect((await maker.make(factsOf())).length).toBeGreaterThan(0);
});

test("F12: so does one whose facts can't be printed", async () => {
  const maker = makerOf();
  const broken = { ...factsOf(), records: null } as unknown as typeof twenty;
  await expect(maker.make(broken)).rejects.toThrow("could not be made: TypeError");
  expect((await maker.make(factsOf())).length).toBeGreaterThan(0);
});
