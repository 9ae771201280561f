// The rows of a seeded database: always the same for the same number of records, but for the day that they count from.
// Each customer has 200 accounts with one record each, in requests of 1 to 20; a third waits for the partner's answer, half
// has ended. A fiftieth of all records is for each partner.

export const partnerCount = 50;
const accountsEach = 200;
/** Records of a customer's requests, in order, over and over. */
const requestSizes = [1, 3, 20, 6, 10];
/** Accounts without a record, for new requests: 20 for each of their administrators. */
export const spareAdministrators = 1_000;
const spareAccounts = spareAdministrators * 20;

const hour = 3_600_000;
const day = 24 * hour;

/** What requests have come to: how many in a hundred, events after INITIATED, and how many days ago it was submitted. */
const outcomes = {
  IN_PROGRESS: { share: 30, events: [], ago: [0, 9] },
  ACCEPTED: { share: 10, events: ["ACCEPTED"], ago: [1, 20] },
  PENDING_MICROSOFT_REVIEW: { share: 5, events: ["ACCEPTED", "REVIEW_STARTED"], ago: [1, 20] },
  IN_GRACE_PERIOD: { share: 10, events: ["ACCEPTED", "REVIEW_STARTED", "APPROVED"], ago: [2, 60] },
  CANCELED: { share: 10, events: ["CANCELLATION_REQUESTED", "CANCELED"], ago: [91, 700] },
  DECLINED: { share: 10, events: ["DECLINED"], ago: [91, 700] },
  EXPIRED: { share: 5, events: ["EXPIRED"], ago: [91, 700] },
  COMPLETED: { share: 20, events: ["ACCEPTED", "REVIEW_STARTED", "APPROVED", "COMPLETED"], ago: [91, 700] },
};
const statusOf = Object.entries(outcomes).flatMap(([status, { share }]) => Array.from({ length: share }, () => status));
/** Who brings an event about, and the status that it leaves. */
const steps = {
  INITIATED: ["CUSTOMER", "IN_PROGRESS"],
  ACCEPTED: ["NEW_PARTNER", "ACCEPTED"],
  REVIEW_STARTED: ["OPERATIONS", "PENDING_MICROSOFT_REVIEW"],
  APPROVED: ["OPERATIONS", "IN_GRACE_PERIOD"],
  COMPLETED: ["SYSTEM", "COMPLETED"],
  CANCELLATION_REQUESTED: ["CUSTOMER", "CANCELLATION_IN_PROGRESS"],
  CANCELED: ["SYSTEM", "CANCELED"],
  DECLINED: ["NEW_PARTNER", "DECLINED"],
  EXPIRED: ["SYSTEM", "EXPIRED"],
};
const closers = { CANCELED: "CUSTOMER", DECLINED: "NEW_PARTNER", EXPIRED: "SYSTEM", COMPLETED: "SYSTEM" };

/** Spreads numbers evenly and without order over 32 bits; different numbers stay different. */
const scatter = (number) => Math.imul(number + 1, 0x9e3779b1) >>> 0;
const hex = (number, digits) => number.toString(16).padStart(digits, "0");
const uuid = (kind, number) => `${hex(scatter(number), 8)}-000${kind}-4000-8000-${hex(number, 12)}`;

export const partnerId = (number) => uuid(1, number);
export const partnerPcn = (number) => `BENCH-${String(number).padStart(4, "0")}`;
export const responderOf = (number) => `responder@partner-${number}.example`;
export const administratorOf = (customer) => `administrator@customer-${customer}.example`;
export const spareAdministrator = (number) => `administrator-${number}@spare.example`;
export const spareAccountId = (records, number) => accountId(records + number);
export const spareChannel = (records, number) => channelOf(records + number);
const channelOf = (number) => (number % 3 === 0 ? "DIRECT" : "INDIRECT");
const customerId = (number) => uuid(2, number);
const accountId = (number) => uuid(3, number);
const recordId = (number) => uuid(4, number);
const eventId = (record, sequence) => uuid(5, record * 8 + sequence);
const notificationId = (request) => uuid(6, request);
/** The third request of every seed: the first customer's, of 20 records. */
export const largeRequestId = () => requestIdOf(2);
const requestIdOf = (number) =>
  `COCP-${scatter(number).toString(36).toUpperCase().padStart(8, "0").replace(/^.{4}/, "$&-")}`;

const instant = (time) => new Date(time).toISOString();
const date = (time) => instant(time).slice(0, 10);

/** The requests of so many records, with what their rows have in common. */
function* requestsOf({ records, now }) {
  for (let number = 0, first = 0; first < records; number += 1) {
    const size = Math.min(requestSizes[number % requestSizes.length], records - first);
    const chance = scatter(number);
    const status = statusOf[chance % statusOf.length];
    const { events, ago } = outcomes[status];
    const submittedAt = now - hour - Math.floor((ago[0] + (chance / 2 ** 32) * (ago[1] - ago[0])) * day);
    const newPartner = (chance >>> 8) % partnerCount;
    yield {
      number,
      requestId: requestIdOf(number),
      customer: Math.floor(first / accountsEach),
      records: Array.from({ length: size }, (_, index) => first + index),
      status,
      events,
      submittedAt,
      respondBy: instant(submittedAt + 10 * day),
      expiresAt: instant(submittedAt + 30 * day),
      effectiveDate: date(submittedAt + 90 * day),
      newPartner,
      oldPartner: (newPartner + 1 + ((chance >>> 16) % (partnerCount - 1))) % partnerCount,
    };
    first += size;
  }
}

function* customers({ records }) {
  const count = Math.ceil(records / accountsEach);
  for (let number = 0; number <= count; number += 1) {
    yield {
      id: customerId(number),
      customer_number: `C-${number}`,
      name: number === count ? "Spare accounts" : `Customer ${number}`,
    };
  }
}

function* partners() {
  for (let number = 0; number < partnerCount; number += 1) {
    yield {
      id: partnerId(number),
      pcn: partnerPcn(number),
      organization_name: `Partner ${number}`,
      allowed: true,
      reseller: true,
      software_advisor: true,
      enterprise_direct_support: false,
      notification_address: `desk@partner-${number}.example`,
    };
  }
}

function* partnerUsers() {
  for (let number = 0; number < partnerCount; number += 1) {
    const display_name = `Responder ${number}`;
    yield { email: responderOf(number), partner_id: partnerId(number), display_name, can_respond: true };
  }
}

function* billingAccounts(seed) {
  const { records, now } = seed;
  const account = (number, customer, partner) => ({
    id: accountId(number),
    account_number: accountNumber(number),
    display_name: `Account ${number}`,
    customer_id: customerId(customer),
    program: "ENTERPRISE_AGREEMENT",
    agreement_status: "ACTIVE",
    channel: channelOf(number),
    start_date: date(now - 800 * day),
    end_date: date(now + 800 * day),
    anniversary_date: date(now - 800 * day),
    partner_id: partnerId(partner),
  });
  for (const { records: numbers, customer, status, newPartner, oldPartner } of requestsOf(seed)) {
    for (const number of numbers) yield account(number, customer, status === "COMPLETED" ? newPartner : oldPartner);
  }
  const spare = Math.ceil(records / accountsEach);
  for (let number = 0; number < spareAccounts; number += 1) yield account(records + number, spare, partnerCount - 1);
}

function* billingAccountRoles({ records }) {
  const role = (email, number) => ({ email, billing_account_id: accountId(number), role: "ENTERPRISE_ADMIN" });
  for (let number = 0; number < records; number += 1) {
    yield role(administratorOf(Math.floor(number / accountsEach)), number);
  }
  for (let number = 0; number < spareAccounts; number += 1) {
    yield role(spareAdministrator(number % spareAdministrators), records + number);
  }
}

function* cocpRequests(seed) {
  for (const { requestId, customer, submittedAt, respondBy, expiresAt } of requestsOf(seed)) {
    yield {
      request_id: requestId,
      customer_id: customerId(customer),
      submitted_at: instant(submittedAt),
      respond_by: respondBy,
      expires_at: expiresAt,
    };
  }
}

function* cocpSignatures(seed) {
  for (const { requestId, customer, submittedAt } of requestsOf(seed)) {
    yield {
      request_id: requestId,
      first_name: "Ada",
      last_name: "Moss",
      signed_by: administratorOf(customer),
      signed_at: instant(submittedAt),
      terms_version: seed.termsVersion,
    };
  }
}

function* cocpRecords(seed) {
  for (const request of requestsOf(seed)) {
    const { status, events, submittedAt, newPartner } = request;
    const has = (event) => events.includes(event);
    const isUnderReview = has("ACCEPTED") && !has("APPROVED");
    for (const number of request.records) {
      yield {
        id: recordId(number),
        request_id: request.requestId,
        billing_account_id: accountId(number),
        old_partner_id: partnerId(request.oldPartner),
        new_partner_id: partnerId(newPartner),
        status,
        contact: responderOf(newPartner),
        contact_verification: "VERIFIED",
        reason: "OTHER",
        reason_note: "Between us",
        submitted_at: instant(submittedAt),
        respond_by: request.respondBy,
        expires_at: request.expiresAt,
        effective_date: request.effectiveDate,
        responded_at: has("ACCEPTED") || has("DECLINED") ? instant(submittedAt + hour) : null,
        review_due_at: isUnderReview ? instant(submittedAt + 49 * hour) : null,
        approved_at: has("APPROVED") ? instant(submittedAt + 3 * hour) : null,
        closed_by: closers[status] ?? null,
        updated_at: instant(submittedAt + events.length * hour),
        version: events.length + 1,
      };
    }
  }
}

function* cocpEvents(seed) {
  for (const request of requestsOf(seed)) {
    const { requestId, events, effectiveDate, submittedAt } = request;
    const [newPartnerId, oldPartnerId] = [partnerId(request.newPartner), partnerId(request.oldPartner)];
    const begun = JSON.stringify({ requestId, oldPartnerId, newPartnerId, reason: "OTHER" });
    for (const number of request.records) {
      let previous = null;
      for (const [index, type] of ["INITIATED", ...events].entries()) {
        const [actor, status] = steps[type];
        yield {
          id: eventId(number, index + 1),
          record_id: recordId(number),
          sequence: index + 1,
          type,
          occurred_at: instant(submittedAt + index * hour),
          actor,
          previous_status: previous,
          status,
          effective_date: effectiveDate,
          facts: index === 0 ? begun : '{"note":null}',
          request_id: requestId,
          billing_account_id: accountId(number),
          new_partner_id: newPartnerId,
          old_partner_id: events.includes("APPROVED") ? oldPartnerId : null,
        };
        previous = status;
      }
    }
  }
}

function* cocpNotifications(seed) {
  for (const { number, requestId, newPartner, submittedAt } of requestsOf(seed)) {
    yield {
      id: notificationId(number),
      kind: "INVITATION",
      request_id: requestId,
      recipient_party: "NEW_PARTNER",
      partner_id: partnerId(newPartner),
      recipient: responderOf(newPartner),
      content: JSON.stringify({ organization: "Bench", requestId, accounts: [] }),
      state: "SENT",
      attempts: 1,
      message_id: `<${number}@bench.example>`,
      created_at: instant(submittedAt),
      sent_at: instant(submittedAt + 60_000),
    };
  }
}

function* cocpNotificationRecords(seed) {
  for (const { number, records } of requestsOf(seed)) {
    for (const record of records) yield { notification_id: notificationId(number), record_id: recordId(record) };
  }
}

/** A row of a table as a row of its import file: numbers instead of ids, and no id of its own. */
function* fileOf(rows, translate) {
  for (const row of rows) yield translate(row);
}

const numberOf = (id) => Number.parseInt(id.slice(-12), 16);
const accountNumber = (number) => `B${String(number).padStart(8, "0")}`;

/** The same directory as import files. */
export const directoryFiles = {
  customers: (seed) => fileOf(customers(seed), ({ id: _, ...row }) => row),
  partners: () => fileOf(partners(), ({ id: _, ...row }) => row),
  partner_users: () =>
    fileOf(partnerUsers(), ({ partner_id, ...row }) => ({ ...row, pcn: partnerPcn(numberOf(partner_id)) })),
  billing_accounts: (seed) =>
    fileOf(billingAccounts(seed), ({ id: _, customer_id, partner_id, ...row }) => ({
      ...row,
      customer_number: `C-${numberOf(customer_id)}`,
      partner_pcn: partnerPcn(numberOf(partner_id)),
      bill_to_pcn: null,
    })),
  billing_account_roles: (seed) =>
    fileOf(billingAccountRoles(seed), ({ billing_account_id, ...row }) => ({
      ...row,
      account_number: accountNumber(numberOf(billing_account_id)),
    })),
};

/** The rows of the directory's tables, in an order that foreign keys allow. */
export const directoryTables = {
  customers,
  partners,
  partner_users: partnerUsers,
  billing_accounts: billingAccounts,
  billing_account_roles: billingAccountRoles,
};

/** The rows of all tables, in an order that foreign keys allow. */
export const tables = {
  ...directoryTables,
  cocp_requests: cocpRequests,
  cocp_signatures: cocpSignatures,
  cocp_records: cocpRecords,
  cocp_events: cocpEvents,
  cocp_notifications: cocpNotifications,
  cocp_notification_records: cocpNotificationRecords,
};
