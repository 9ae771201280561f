import type { CocpEventType, CocpParty, CocpStatus, Viewer } from "../../../src/domain/model";
import { fieldAccess, mayRead } from "../../../src/domain/fieldAccess";
import { CocpStatus as statuses } from "../../../src/domain/model";
import { actorOn, maySeeAgreement, maySeePartnerOfRecord } from "../../../src/domain/permissions";
import { account, recordIn } from "./support";

const viewer = (changes: Partial<Viewer> = {}): Viewer => ({
  email: "someone@example.com",
  displayName: null,
  isEnterpriseAdmin: false,
  isOperations: false,
  partner: null,
  ...changes,
});
const of = (id: string, canRespond = true) => viewer({ partner: { id, canRespond } });
const partiesOf = (status: CocpStatus, who: Viewer, isAccountAdmin = false) => [
  ...actorOn(recordIn(status), who, isAccountAdmin).parties,
];

describe("what a viewer is to a record", () => {
  test("the administrator of its account is the customer, an administrator elsewhere is nothing", () => {
    expect(partiesOf("IN_PROGRESS", viewer({ isEnterpriseAdmin: true }), true)).toEqual(["CUSTOMER"]);
    expect(partiesOf("IN_PROGRESS", viewer({ isEnterpriseAdmin: true }))).toEqual([]);
  });

  test("a user of the partner with the record's new PCN is the new partner, answering if it may", () => {
    expect(actorOn(recordIn("IN_PROGRESS"), of("new-partner"), false)).toMatchObject({ canRespond: true });
    expect(actorOn(recordIn("IN_PROGRESS"), of("new-partner", false), false)).toMatchObject({ canRespond: false });
    expect(partiesOf("IN_PROGRESS", of("new-partner", false))).toEqual(["NEW_PARTNER"]);
    expect(partiesOf("IN_PROGRESS", of("another-partner"))).toEqual([]);
  });

  test.each(Object.keys(statuses) as CocpStatus[])(
    "the old partner meets a record that is %s only from IN_GRACE_PERIOD on",
    (status) => {
      const met = status === "IN_GRACE_PERIOD" || status === "COMPLETED";
      expect(partiesOf(status, of("old-partner"))).toEqual(met ? ["OLD_PARTNER"] : []);
    },
  );

  test("operations is operations on every record", () => {
    expect(partiesOf("DECLINED", viewer({ isOperations: true }))).toEqual(["OPERATIONS"]);
  });

  test("one person may hold several parts", () => {
    expect(partiesOf("IN_PROGRESS", { ...of("new-partner"), isOperations: true }, true).sort()).toEqual([
      "CUSTOMER",
      "NEW_PARTNER",
      "OPERATIONS",
    ]);
  });
});

describe("what each party may see of a record", () => {
  const parties: CocpParty[] = ["CUSTOMER", "NEW_PARTNER", "OLD_PARTNER", "OPERATIONS", "SYSTEM"];
  const notes: [CocpEventType, CocpParty[]][] = [
    ["ACCEPTED", ["CUSTOMER", "NEW_PARTNER", "OPERATIONS"]],
    ["DECLINED", ["CUSTOMER", "NEW_PARTNER", "OPERATIONS"]],
    ["REFUSED", ["CUSTOMER", "NEW_PARTNER", "OPERATIONS"]],
    ["CANCELLATION_REQUESTED", ["CUSTOMER", "OPERATIONS"]],
    ["REVIEW_STARTED", ["OPERATIONS"]],
    ["APPROVED", ["OPERATIONS"]],
  ];

  test.each(notes)("the note of %s is for %p", (type, expected) => {
    expect(parties.filter((party) => mayRead(fieldAccess.CocpEvent.note, new Set([party]), type))).toEqual(expected);
  });

  const people: [CocpParty, CocpParty[]][] = [
    ["CUSTOMER", ["CUSTOMER", "OPERATIONS"]],
    ["NEW_PARTNER", ["CUSTOMER", "NEW_PARTNER", "OPERATIONS"]],
    ["OPERATIONS", ["OPERATIONS"]],
  ];

  test.each(people)("which person of the %s did something is for %p", (side, expected) => {
    expect(parties.filter((party) => mayRead(fieldAccess.CocpEvent.actorEmail, new Set([party]), side))).toEqual(
      expected,
    );
  });

  test("several parts see what any of them sees", () => {
    expect(mayRead(fieldAccess.CocpRecord.reason, new Set(["OLD_PARTNER", "CUSTOMER"] as const))).toBe(true);
  });
});

describe("the agreement and the partner of record of an account", () => {
  const waiting = account({ viewerRole: null, partnerOfRecordId: "old-partner", incomingPartnerId: "new-partner" });
  const completed = account({ viewerRole: null, partnerOfRecordId: "new-partner" });
  const seen = (who: Viewer, what = waiting) => [maySeeAgreement(what, who), maySeePartnerOfRecord(what, who)];

  test("are the customer's and the operators' at all times", () => {
    expect(seen(viewer({ isOperations: true }))).toEqual([true, true]);
    expect(seen(viewer(), account())).toEqual([true, true]);
  });

  test("before completion: the old partner sees both, the new partner only whom it follows", () => {
    expect(seen(of("old-partner"))).toEqual([true, true]);
    expect(seen(of("new-partner"))).toEqual([false, true]);
  });

  test("from completion on: the new partner sees both, the old partner neither", () => {
    expect(seen(of("new-partner"), completed)).toEqual([true, true]);
    expect(seen(of("old-partner"), completed)).toEqual([false, false]);
  });

  test("are nobody else's", () => {
    expect(seen(of("another-partner"))).toEqual([false, false]);
    expect(seen(viewer())).toEqual([false, false]);
  });
});
