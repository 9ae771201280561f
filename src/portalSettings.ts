import { z } from "zod";
import { requestIdPlaceholder } from "./domain/portals";

/** The page of each request at a portal: an http or https URL with `{requestId}` anywhere behind the host. */
export function portalUrl() {
  const example = "https://portal.example.com/requests/{requestId}";
  return z.string().refine(isPortal, `must be a URL with ${requestIdPlaceholder} in it, such as ${example}`).optional();
}

function isPortal(text: string): boolean {
  const pageOf = (id: string) => new URL(text.replaceAll(requestIdPlaceholder, id));
  if (!text.includes(requestIdPlaceholder) || /[\s\p{Cc}]/u.test(text)) return false;
  if (!URL.canParse(text.replaceAll(requestIdPlaceholder, "A"))) return false;
  const { protocol, host, username, password } = pageOf("A");
  return /^https?:$/.test(protocol) && host === pageOf("B").host && username === "" && password === "";
}

/** In production every email leads to a page, over TLS. Operations receives no email yet. */
export function portalProblems(given: Readonly<Record<string, string>>): string[] {
  if (given["NODE_ENV"] !== "production") return [];
  const needed = ["CUSTOMER_PORTAL_URL", "PARTNER_PORTAL_URL"].filter((name) => given[name] === undefined);
  const plain = ["CUSTOMER_PORTAL_URL", "PARTNER_PORTAL_URL", "OPERATIONS_PORTAL_URL"].filter(
    (name) => given[name]?.startsWith("http:") === true,
  );
  return [
    ...needed.map((name) => `${name} must name the page of a request with NODE_ENV=production`),
    ...plain.map((name) => `${name} must be an https URL with NODE_ENV=production`),
  ];
}
