import { domainToASCII } from "node:url";
import { isCanonicalName } from "./visibleText";

/**
 * Keys of people, partners and requests (docs/domain.md, "Keys and names"). They fold ASCII letters only: some other
 * characters become an ASCII letter in the other case (K, the Kelvin sign; ſ, the long s), and would name another
 * person. Numbers of customers and billing accounts are compared as they are.
 */

const maxPcnLength = 32;
const maxAddressLength = 254;
const maxLocalPartLength = 64;
const bareAddress =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** The characters whose NFC is an ASCII character: K, ; and the grave accent have one each. */
const asciiLookAlike = /[\u037E\u1FEF\u212A]/;
const othersThanLookAlikes = /[^\u037E\u1FEF\u212A]+/g;

/**
 * The first character that Unicode takes for an ASCII character although it is another, as `U+212A`; null without
 * one.
 */
export function lookAlikeCharacter(text: string): string | null {
  const found = asciiLookAlike.exec(text)?.[0].codePointAt(0);
  return found === undefined ? null : `U+${found.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** A key's text, trimmed and in NFC, which never makes an ASCII character of another one. */
export function canonicalText(text: string): string {
  return text.trim().replace(othersThanLookAlikes, (others) => others.normalize("NFC"));
}

/** Makes a text canonical and folds its ASCII letters to one case. Every key is made here. */
function makeKey(text: string, letters: "upper" | "lower"): string {
  const trimmed = canonicalText(text);
  return letters === "upper"
    ? trimmed.replace(/[a-z]+/g, (found) => found.toUpperCase())
    : trimmed.replace(/[A-Z]+/g, (found) => found.toLowerCase());
}

/** The key of an email address: of a person, of a contact, of a directory row. */
export function addressKey(address: string): string {
  return makeKey(address, "lower");
}

/**
 * Converts the domain of an address to ASCII, as email needs it: `info@bücher.example` becomes
 * `info@xn--bcher-kva.example`. Returns other addresses unchanged, and those whose domain has a label that would become
 * another one: fullwidth letters, the Kelvin sign, invisible characters.
 */
export function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf("@") + 1;
  const labels = address.slice(at).split(".").map(asciiLabel);
  return at === 0 || labels.includes(null) ? address : address.slice(0, at) + labels.join(".");
}

/** A label of a domain in ASCII; null when it is another one then. */
function asciiLabel(label: string): string | null {
  if (!/[^\0-\x7F]/.test(label)) return label;
  const canonical = canonicalText(label);
  if (canonical !== canonical.normalize("NFKC") || /[\p{C}\p{Z}]/u.test(label)) return null;
  const ascii = domainToASCII(canonical);
  return ascii.startsWith("xn--") && !ascii.includes(".") ? ascii : null;
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
 * The key of the person that a token names. Null unless the claim is one bare ASCII address, apart from ASCII blanks
 * around it: no other address belongs to a person.
 */
export function personKey(claim: string): string | null {
  const key = addressKey(claim);
  return /^[\t\n\r -~]*$/.test(claim) && isBareAddress(key) ? key : null;
}

/** The key of a file's name: names of files are compared without case. */
export function fileNameKey(name: string): string {
  return makeKey(name, "lower");
}

/** The kind of a stored text: a kind of key, or a name. */
export type StoredText = "NAME" | "NUMBER" | "PCN" | "PERSON" | "MAILBOX";

/** Whether a stored text is what would be stored of it today. Texts that were stored under older rules need not be. */
export function isCanonical(kind: StoredText, text: string): boolean {
  switch (kind) {
    case "NAME":
      return isCanonicalName(text);
    case "NUMBER":
      return isCanonicalName(text) && lookAlikeCharacter(text) === null;
    case "PCN":
      return isCanonical("NUMBER", text) && pcnKey(text) === text;
    case "PERSON":
      return personKey(text) === text;
    case "MAILBOX":
      return isBareAddress(text);
    default:
      return kind satisfies never;
  }
}
