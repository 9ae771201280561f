import { createHash } from "node:crypto";
import { FormThread } from "../../src/forms/formThread";
import { renderForm } from "../../src/forms/renderForm";
import { UnavailableError } from "../../src/services/unavailable";
import { FormMaker, type FormMakerOptions } from "../../src/services/forms/formMaker";
import { RateLimitedError } from "../../src/services/rateLimits";
import { factsOf, formRecord, twenty } from "../support/data/formFacts";

const [kim, dana] = ["kim", "dana"] as const;

const makers: FormMaker[] = [];
function makerOf(options?: FormMakerOptions): FormMaker {
  const maker = new FormMaker(options);
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
  expect((await makerOf().make(kim, twenty)).equals(await renderForm(twenty))).toBe(true);
});

test("a person's many forms delay another's form by one, and more than 25 wait for nobody", async () => {
  const maker = makerOf();
  const order: string[] = [];
  const make = async (person: string) => order.push(await maker.make(person, factsOf()).then(() => person));
  const forms = Array.from({ length: 26 }, () => make(kim));
  await expect(maker.make(kim, factsOf())).rejects.toThrow(RateLimitedError);
  await Promise.all([...forms, make(dana)]);
  expect(order.indexOf(dana)).toBe(2);
  expect(order).toHaveLength(27);
});

test("only so many forms wait in total: the next is unavailable, whoever requests it", async () => {
  const maker = makerOf({ maxWaiting: 2 });
  const forms = [kim, kim, dana].map((person) => maker.make(person, factsOf()));
  await expect(maker.make("elena", factsOf())).rejects.toThrow(UnavailableError);
  await forms[0];
  expect((await maker.make("elena", factsOf())).length).toBeGreaterThan(0);
  await Promise.all(forms);
});

test("a digest does not wait for another person's forms, even for the same form", async () => {
  const maker = makerOf();
  const order: string[] = [];
  const forms = Array.from({ length: 10 }, () => maker.make(kim, factsOf()).then(() => order.push(kim)));
  const digests = [kim, dana].map((person) =>
    maker.digest(person, twenty).then(() => order.push(`digest of ${person}`)),
  );
  await Promise.all([...forms, ...digests]);
  expect(order.indexOf(`digest of ${dana}`)).toBe(2);
});

test("a stop fails what waits, and starts no thread for it", async () => {
  const maker = makerOf();
  const render = jest.spyOn(FormThread.prototype, "render");
  const forms = Promise.allSettled([maker.make(kim, twenty), maker.make(kim, twenty), maker.make(dana, twenty)]);
  await maker.stop();
  for (const { status } of await forms) expect(status).toBe("rejected");
  expect(render).toHaveBeenCalledTimes(1);
  render.mockRestore();
});

test("the digest of the same facts is computed once, however many ask at once", async () => {
  const maker = makerOf({ maxWaiting: 0 });
  const digests = await Promise.all(Array.from({ length: 50 }, () => maker.digest(kim, structuredClone(twenty))));
  const form = maker.make(kim, twenty);
  digests.push(await maker.digest(dana, twenty)); // cached: there is no room to make another
  const expected = createHash("sha256")
    .update(await form)
    .digest("hex");
  expect(new Set(digests)).toEqual(new Set([expected]));
});

test("F12: a form that needs more memory than the thread may have fails alone, and the next is made in a new thread", async () => {
  const maker = makerOf({ memory: 48, patience: 600_000 });
  const [failed, next] = await Promise.allSettled([maker.make(kim, wild), maker.make(kim, twenty)]);
  expect(String(failed.status === "rejected" && failed.reason)).toMatch(
    /could not be made: .*ERR_WORKER_OUT_OF_MEMORY/,
  );
  expect(next).toMatchObject({ status: "fulfilled" });
});

test("F12: so does one that takes too long", async () => {
  const options = { patience: 1 };
  const maker = makerOf(options);
  await expect(maker.make(kim, twenty)).rejects.toThrow("could not be made: it takes more than 0.001 s");
  options.patience = 600_000;
  expect((await maker.make(kim, factsOf())).length).toBeGreaterThan(0);
});

test("F12: so does one whose facts can't be printed", async () => {
  const maker = makerOf();
  const broken = { ...factsOf(), records: null } as unknown as typeof twenty;
  await expect(maker.make(kim, broken)).rejects.toThrow("could not be made: TypeError");
  expect((await maker.make(kim, factsOf())).length).toBeGreaterThan(0);
});
