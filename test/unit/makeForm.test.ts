import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import { renderForm } from "../../src/forms/renderForm";
import { UnavailableError } from "../../src/services/availability";
import { createFormMaker, type FormMaker } from "../../src/services/makeForm";
import { factsOf, formRecord, twenty } from "../support/formFacts";
import { waitFor } from "../support/waitFor";

let maker: FormMaker;
beforeEach(() => (maker = createFormMaker()));
afterEach(() => maker.stop());

/** What no request can have: five thousand accounts with long names. */
const wild = factsOf(
  Array.from({ length: 5_000 }, (_, index) => ({
    ...formRecord,
    billingAccountId: `account-${index}`,
    displayName: `${index} ${"W".repeat(250)}`,
  })),
);

test("a form is the same, whether it is made in a thread or not", async () => {
  expect((await maker.make(twenty)).equals(await renderForm(twenty))).toBe(true);
});

test("forms take nothing of the event loop, one is made at a time, and a hundred may wait", async () => {
  await maker.make(factsOf());
  const before = performance.eventLoopUtilization();
  const from = performance.now();
  const forms = await Promise.allSettled(Array.from({ length: 102 }, () => maker.make(factsOf())));
  const { active } = performance.eventLoopUtilization(before);
  expect(active).toBeLessThan((performance.now() - from) / 2);
  const refused = forms.flatMap((form) => (form.status === "rejected" ? [form.reason] : []));
  expect(refused).toEqual([expect.any(UnavailableError), expect.any(UnavailableError)]);
});

test("the digest of the same facts is computed once, however many ask at once", async () => {
  const from = performance.now();
  const once = await maker.digest(twenty);
  const took = performance.now() - from;
  const again = performance.now();
  const digests = await Promise.all(Array.from({ length: 500 }, () => maker.digest(structuredClone(twenty))));
  expect(performance.now() - again).toBeLessThan(50 * took); // not 500
  expect(new Set(digests)).toEqual(new Set([once]));
  expect(once).toBe(
    createHash("sha256")
      .update(await renderForm(twenty))
      .digest("hex"),
  );
});

test("F12: a form that needs more memory than the thread may have fails alone, and the next is made in a new thread", async () => {
  await maker.stop();
  maker = createFormMaker({ memory: 48 });
  const [failed, next] = await Promise.allSettled([maker.make(wild), maker.make(twenty)]);
  expect(String(failed.status === "rejected" && failed.reason)).toMatch(
    /could not be made: .*ERR_WORKER_OUT_OF_MEMORY/,
  );
  expect(next).toMatchObject({ status: "fulfilled" });
});

test("F12: so does one that takes too long", async () => {
  await maker.stop();
  maker = createFormMaker({ memory: 4_000, patience: 2_000 });
  await expect(maker.make(wild)).rejects.toThrow("could not be made: it takes more than 2 s");
  await waitFor("another form", () => maker.make(factsOf()).catch(() => null)); // a thread's start counts too
});

test("F12: so does one whose facts can't be printed", async () => {
  const broken = { ...factsOf(), records: null } as unknown as typeof twenty;
  await expect(maker.make(broken)).rejects.toThrow("could not be made: TypeError");
  expect((await maker.make(factsOf())).length).toBeGreaterThan(0);
});
