import { createHmac } from "node:crypto";
import { addressKey } from "../../domain/keys";
import type { Identity } from "../../services/directory/readViewer";
import type { RequestContext } from "../../resolvers/requestContext";

/** Hexadecimal digits: 64 bits, so that two people of one installation do not share a name. */
const length = 16;

/** What logs call a person: the same in every process and at all times, and no way back to the address without the secret. */
export type ViewerName = (email: string) => string;

/** Names people by a hash of their address under FORM_URL_SECRET. docs/operations.md has the same as a shell line. */
export function createViewerName(secret: string): ViewerName {
  return (email) =>
    createHmac("sha256", secret)
      .update(`viewer:${addressKey(email)}`)
      .digest("hex")
      .slice(0, length);
}

/** The parts that a person has, which are not personal. */
export function partiesOf(viewer: RequestContext["viewer"] | Identity): string[] {
  const parties: string[] = [];
  if ("isEnterpriseAdmin" in viewer && viewer.isEnterpriseAdmin) parties.push("customer");
  if ("partner" in viewer && viewer.partner !== null) parties.push("partner");
  if (viewer.isOperations) parties.push("operations");
  return parties;
}
