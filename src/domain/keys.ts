import { domainToASCII } from "node:url";

/**
 * The keys by which people, partners and requests are found. Keys fold ASCII letters and nothing else: Unicode knows other
 * characters that become an ASCII letter in the other case (K, the Kelvin sign; ſ, the long s), and whoever typed one of
 * those would be found as somebody else. Numbers of customers and billing accounts are compared as they are.
 */

const maxPcnLength = 32;
const maxAddressLength = 254;
const maxLocalPartLength = 64;
const bareAddress =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Trims a text and folds its ASCII letters to one case. Every key is made here. */
function makeKey(text: string, letters: "upper" | "lower"): string {
  const trimmed = text.trim();
  return letters === "upper"
    ? trimmed.replace(/[a-z]+/g, (found) => found.toUpperCase())
    : trimmed.replace(/[A-Z]+/g, (found) => found.toLowerCase());
}

/** The key of an email address: of a person, of a contact, of a directory row. */
export function addressKey(address: string): string {
  return makeKey(address, "lower");
}

/**
 * An address with its domain in ASCII, as email needs it: `info@bücher.example` becomes `info@xn--bcher-kva.example`. An address
 * that is ASCII, or whose domain cannot be one or has invisible characters, stays as it is.
 */
export function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf("@") + 1;
  const domain = address.slice(at);
  const isAscii = !/[^\0-\x7F]/.test(domain);
  if (at === 0 || isAscii || /[\p{C}\p{Z}]/u.test(domain)) return address;
  return address.slice(0, at) + (domainToASCII(domain) || domain);
}

/** The key of a Public Customer Number. Null when the text cannot be one: it is blank or longer than 32 characters. */
export function pcnKey(pcn: string): string | null {
  const key = makeKey(pcn, "upper");
  return key !== "" && Array.from(key).length <= maxPcnLength ? key : null;
}

/** The key of a request: a Request ID as people type it. */
export function requestIdKey(requestId: string): string {
  return makeKey(requestId, "upper");
}

/** Whether a text is one bare ASCII email address: no display name, list, blank or line break. */
export function isBareAddress(text: string): boolean {
  return text.length <= maxAddressLength && text.indexOf("@") <= maxLocalPartLength && bareAddress.test(text);
}

/**
 * The key of the person whom an address of a token names. Null when the claim is not one bare ASCII address, with or without
 * ASCII blanks around it: such an address belongs to nobody.
 */
export function personKey(claim: string): string | null {
  const key = addressKey(claim);
  return /^[\t\n\r -~]*$/.test(claim) && isBareAddress(key) ? key : null;
}
