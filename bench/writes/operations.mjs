// The mutations that are measured, on accounts that the seed holds spare for them.
import { createRequire } from "node:module";
import { root } from "../lib/changeover.mjs";
import {
  partnerCount,
  partnerPcn,
  responderOf,
  spareAccountId,
  spareAdministrator,
  spareAdministrators,
  spareChannel,
} from "../seed/rows.mjs";

const require = createRequire(import.meta.url);

const payload = "{ request { requestId } userErrors { message } }";
const initiateCocp = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) ${payload} }`;
const onRecords = (name, input) =>
  `mutation ($input: ${input}!) { ${name}(input: $input) { records { status } userErrors { message } } }`;
const acceptCocp = onRecords("acceptCocp", "RespondToCocpInput");
const cancelCocp = onRecords("cancelCocp", "CancelCocpInput");

/** Every operation has accounts of its own: the n-th of so many accounts begins with this administrator's spare account. */
function accountsOf(n, size) {
  const administrator = n % spareAdministrators;
  const firstSpare = Math.floor(n / spareAdministrators) * size;
  return {
    administrator,
    numbers: Array.from({ length: size }, (_, at) => administrator + (firstSpare + at) * spareAdministrators),
  };
}

const newPartnerOf = (n) => n % (partnerCount - 1); // the last has the spare accounts

/** Who sends it, and what. */
export function initiation(n, size, records) {
  const { administrator, numbers } = accountsOf(n, size);
  const partner = newPartnerOf(n);
  const changes = numbers.map((number) => ({
    billingAccountId: `acc_${Buffer.from(spareAccountId(records, number).replaceAll("-", ""), "hex").toString("base64url")}`,
    newPartnerPcn: partnerPcn(partner),
    partnerNotificationContact: responderOf(partner),
    reason: "OTHER",
    reasonNote: "Between us",
  }));
  const { termsFor } = require(`${root}/dist/src/domain/terms.js`);
  const terms = termsFor(numbers.map((number) => ({ id: "", channel: spareChannel(records, number) })));
  const signature = { firstName: "Ada", lastName: "Moss", acceptTerms: true, termsVersion: terms.version };
  const input = { changes, signature, idempotencyKey: `bench-${size}-${n}` };
  return { email: spareAdministrator(administrator), query: initiateCocp, variables: { input } };
}

export function acceptance(n, requestId) {
  return { email: responderOf(newPartnerOf(n)), query: acceptCocp, variables: { input: { requestId } } };
}

export function cancellation(n, requestId) {
  return { email: spareAdministrator(n % spareAdministrators), query: cancelCocp, variables: { input: { requestId } } };
}
