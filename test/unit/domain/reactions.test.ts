import type { CommandType } from "../../../src/domain/commands";
import { begin } from "../../../src/domain/evolve";
import type { CocpStatus } from "../../../src/domain/model";
import { reactionsTo, type Recipients, type RecordChange } from "../../../src/domain/reactions";
import type { CocpRecord } from "../../../src/domain/record";
import { senders } from "./legalMoves";
import { actors, commands, context, initiated, recordIn, send } from "./support";

const recipients: Recipients = {
  signedBy: "ada@customer.example",
  signerIsAdmin: true,
  verification: "VERIFIED",
  oldPartner: "desk@old.example",
  oldPartnerWasNotified: false,
};

/** The change that a command makes to a record. */
function changed(record: CocpRecord, type: CommandType): RecordChange {
  const { events, record: after } = send(record, commands[type], context(actors[senders[type]]));
  const [event] = events;
  if (event === undefined || events.length > 1) throw new Error("That is not one event");
  return { record: after, event };
}

function begun(id = "record-1", facts: Parameters<typeof initiated>[0] = {}): RecordChange {
  const event = initiated(facts);
  return { event, record: begin(id, event) };
}

const told = (changes: readonly RecordChange[], to: Recipients = recipients) =>
  reactionsTo(changes, () => to).map(({ kind, party, recipient }) => [kind, party, recipient]);

const customer = ["CUSTOMER", "ada@customer.example"];
const newPartner = ["NEW_PARTNER", "kim@new.example"];
const oldPartner = ["OLD_PARTNER", "desk@old.example"];

describe("who is told of what", () => {
  test("initiated: the new partner's contact is invited", () => {
    expect(told([begun()])).toEqual([["INVITATION", ...newPartner]]);
  });

  test.each([
    ["IN_PROGRESS", "ACCEPT", [["ACCEPTED", ...customer]]],
    ["IN_PROGRESS", "DECLINE", [["DECLINED", ...customer]]],
    ["IN_PROGRESS", "CANCEL", []],
    [
      "CANCELLATION_IN_PROGRESS",
      "FINISH_CANCELLATION",
      [
        ["CANCELED", ...newPartner],
        ["CANCELED", ...customer],
      ],
    ],
    [
      "IN_PROGRESS",
      "EXPIRE",
      [
        ["EXPIRED", ...newPartner],
        ["EXPIRED", ...customer],
      ],
    ],
    ["ACCEPTED", "START_REVIEW", []],
    [
      "ACCEPTED",
      "REFUSE",
      [
        ["REFUSED", ...newPartner],
        ["REFUSED", ...customer],
      ],
    ],
    [
      "PENDING_MICROSOFT_REVIEW",
      "REFUSE",
      [
        ["REFUSED", ...newPartner],
        ["REFUSED", ...customer],
      ],
    ],
    [
      "PENDING_MICROSOFT_REVIEW",
      "APPROVE",
      [
        ["APPROVED", ...newPartner],
        ["APPROVED", ...customer],
        ["APPROVED", ...oldPartner],
      ],
    ],
    [
      "IN_GRACE_PERIOD",
      "COMPLETE",
      [
        ["COMPLETED", ...newPartner],
        ["COMPLETED", ...customer],
        ["COMPLETED", ...oldPartner],
      ],
    ],
    ["IN_PROGRESS", "UPDATE_NOTIFICATION_CONTACT", [["INVITATION", "NEW_PARTNER", "robin@new.example"]]],
  ] as [CocpStatus, CommandType, string[][]][])("from %s: %s tells %j", (status, type, expected) => {
    expect(told([changed(recordIn(status), type)])).toEqual(expected);
  });

  test.each([
    ["AMEND_EFFECTIVE_DATE", "EFFECTIVE_DATE_AMENDED"],
    ["REFUSE", "REFUSED"],
  ] as const)("%s notifies the old partner only if it was notified of the change before", (command, kind) => {
    const change = changed(recordIn("IN_GRACE_PERIOD"), command);
    const both = [newPartner, customer].map((who) => [kind, ...who]);
    expect(told([change])).toEqual(both);
    expect(told([change], { ...recipients, oldPartnerWasNotified: true })).toEqual([...both, [kind, ...oldPartner]]);
  });

  test("the old partner of a refused record learns nothing of the note", () => {
    const change = changed(recordIn("IN_GRACE_PERIOD"), "REFUSE");
    const notes = reactionsTo([change], () => ({ ...recipients, oldPartnerWasNotified: true })).map(
      ({ party, note }) => [party, note],
    );
    expect(notes).toEqual([
      ["NEW_PARTNER", "Signed by the wrong person"],
      ["CUSTOMER", "Signed by the wrong person"],
      ["OLD_PARTNER", null],
    ]);
  });

  test("a person who signed and is no longer Enterprise Administrator of an account gets no email about it", () => {
    const changes = ["r1", "r2"].map((id) => changed({ ...recordIn("IN_PROGRESS"), id }, "ACCEPT"));
    const reactions = reactionsTo(changes, ({ id }) => ({ ...recipients, signerIsAdmin: id === "r1" }));
    expect(reactions.map(({ records, suppressedBecause }) => [records.map(({ id }) => id), suppressedBecause])).toEqual(
      [
        [["r1"], null],
        [["r2"], expect.stringContaining("no longer Enterprise Administrator")],
      ],
    );
  });

  test("an old partner without a notification address is not mailed", () => {
    const to = { ...recipients, oldPartner: null };
    expect(told([changed(recordIn("IN_GRACE_PERIOD"), "COMPLETE")], to).map(([, party]) => party)).toEqual([
      "NEW_PARTNER",
      "CUSTOMER",
    ]);
  });
});

describe("the new partner's contact", () => {
  const mailTo = (verification: Recipients["verification"]) =>
    reactionsTo([begun("record-1", { contactVerification: "VERIFIED" })], () => ({ ...recipients, verification }));

  test("is mailed when it is VERIFIED, and when it CANNOT_RESPOND", () => {
    expect(mailTo("VERIFIED")).toMatchObject([{ suppressedBecause: null, partnerId: "new-partner" }]);
    expect(mailTo("CANNOT_RESPOND")).toMatchObject([{ suppressedBecause: null }]);
  });

  test("is never mailed when it is UNVERIFIED: what would have been sent is recorded, with the cause", () => {
    expect(mailTo("UNVERIFIED")).toMatchObject([
      { kind: "INVITATION", recipient: "kim@new.example", suppressedBecause: expect.stringContaining("privacy") },
    ]);
    const canceled = changed(recordIn("CANCELLATION_IN_PROGRESS"), "FINISH_CANCELLATION");
    const suppressed = reactionsTo([canceled], () => ({ ...recipients, verification: "UNVERIFIED" })).map(
      ({ party, suppressedBecause }) => [party, suppressedBecause !== null],
    );
    expect(suppressed).toEqual([
      ["NEW_PARTNER", true],
      ["CUSTOMER", false],
    ]);
  });
});

describe("grouping", () => {
  const groups = (changes: readonly RecordChange[]) =>
    reactionsTo(changes, () => recipients).map(({ recipient, partnerId, records: about }) => [
      recipient,
      partnerId,
      about.map(({ id }) => id),
    ]);

  test("one invitation a partner and contact, naming its records", () => {
    const changes = [
      begun("r1"),
      begun("r2", { contact: "Kim@New.Example" }),
      begun("r3", { contact: "lee@new.example" }),
      begun("r4", { newPartnerId: "another-partner" }),
      begun("r5"),
    ];
    expect(groups(changes)).toEqual([
      ["kim@new.example", "new-partner", ["r1", "r2", "r5"]],
      ["lee@new.example", "new-partner", ["r3"]],
      ["kim@new.example", "another-partner", ["r4"]],
    ]);
  });

  test("one CANCELED a cancel action, for each that is told", () => {
    const canceling = recordIn("CANCELLATION_IN_PROGRESS");
    const changes = ["r1", "r2", "r3"].map((id) => changed({ ...canceling, id }, "FINISH_CANCELLATION"));
    expect(groups(changes)).toEqual([
      ["kim@new.example", "new-partner", ["r1", "r2", "r3"]],
      ["ada@customer.example", null, ["r1", "r2", "r3"]],
    ]);
  });

  test("requests are told of one by one", () => {
    expect(groups([begun("r1"), begun("r2", { requestId: "COCP-0000-0000" })])).toHaveLength(2);
  });

  test("what is mailed and what is suppressed are never mixed", () => {
    const changes = [begun("r1"), begun("r2")];
    const reactions = reactionsTo(changes, ({ id }) => ({
      ...recipients,
      verification: id === "r1" ? "VERIFIED" : "UNVERIFIED",
    }));
    expect(
      reactions.map(({ suppressedBecause, records: about }) => [suppressedBecause === null, about.length]),
    ).toEqual([
      [true, 1],
      [false, 1],
    ]);
  });
});
