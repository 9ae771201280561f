import { createHmac } from "node:crypto";
import { addressKey } from "../../domain/keys";
import type { RequestContext } from "../../resolvers/requestContext";
import type { Identity } from "../../services/directory/readViewer";

/** Hexadecimal digits: 64 bits, so that two people of one installation do not share a pseudonym. */
const length = 16;

/** The name of a person in logs and traces, the same in all processes. Not reversible without the secret. */
export type Pseudonymize = (email: string) => string;

/** Hashes addresses under FORM_URL_SECRET. docs/operations.md has the same as a shell command. */
export function createPseudonymize(secret: string): Pseudonymize {
  return (email) =>
    createHmac("sha256", secret)
      .update(`viewer:${addressKey(email)}`)
      .digest("hex")
      .slice(0, length);
}

/** The parties that a person acts for. They are not personal data. */
export function partiesOf(viewer: RequestContext["viewer"] | Identity): string[] {
  const parties: string[] = [];
  if ("isEnterpriseAdmin" in viewer && viewer.isEnterpriseAdmin) parties.push("customer");
  if ("partner" in viewer && viewer.partner !== null) parties.push("partner");
  if (viewer.isOperations) parties.push("operations");
  return parties;
}
