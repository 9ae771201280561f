import { z } from "zod";

/**
 * The kinds of values that variables hold. All get trimmed text; a blank variable counts as unset before it comes
 * here.
 */

/** A whole number, of digits alone: `Number` takes " " for 0 and "1e3" for 1000. */
export function wholeNumber(what: string, min: number, max: number) {
  const error = `must be ${what}, a whole number from ${min} to ${max}`;
  return z
    .string()
    .refine((text) => isWithin(text, min, max), error)
    .transform(Number);
}

/** A limit: a whole number from 1 on, or `off` for no limit, which is Infinity. */
export function limit(what: string) {
  const max = Number.MAX_SAFE_INTEGER;
  return z
    .string()
    .refine((text) => text === "off" || isWithin(text, 1, max), `must be ${what}, a whole number from 1 on, or off`)
    .transform((text) => (text === "off" ? Infinity : Number(text)));
}

/** Whole numbers separated by commas, each once. */
export function wholeNumbers(what: string, min: number, max: number) {
  const parts = (text: string) => text.split(",").map((part) => part.trim());
  return z
    .string()
    .refine((text) => parts(text).every((part) => isWithin(part, min, max)), `must be ${what} from ${min} to ${max}`)
    .transform((text) => [...new Set(parts(text).map(Number))]);
}

function isWithin(text: string, min: number, max: number): boolean {
  return /^\d{1,16}$/.test(text) && Number(text) >= min && Number(text) <= max;
}

/** One of some words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, `must be one of ${words.join(", ")}`);
}

/** `on` or `off`. */
export function onOff() {
  return oneOf("on", "off", "true", "false", "1", "0").transform((word) => ["on", "true", "1"].includes(word));
}

/** The parts that a URL may have besides scheme, host and port. */
export interface UrlParts {
  readonly credentials?: boolean;
  readonly path?: boolean;
  readonly query?: boolean;
  /** The host may be left out. */
  readonly noHost?: boolean;
}

/**
 * A URL with one of these schemes and no other parts than those. The message never repeats the value: it may hold a
 * password.
 */
export function urlOf(schemes: readonly string[], example: string, parts: UrlParts) {
  return z.string(`must be set, to a URL such as ${example}`).superRefine((text, context) => {
    const problem = problemOfUrl(text, schemes, parts);
    if (problem !== null) context.addIssue(`must be a URL such as ${example}: ${problem}`);
  });
}

/** An absolute http or https URL that paths are appended to: slashes at its end are dropped. */
export function baseUrl(example: string) {
  return httpUrl(example).transform(withoutTrailingSlashes);
}

/** An absolute http or https URL. */
export function httpUrl(example: string, parts: UrlParts = { path: true }) {
  return urlOf(["http", "https"], example, parts);
}

function problemOfUrl(text: string, schemes: readonly string[], allowed: UrlParts): string | null {
  if (!URL.canParse(text) || /[\s\p{Cc}]/u.test(text)) return "this is not one URL with one host";
  const url = new URL(text);
  if (!schemes.includes(url.protocol.slice(0, -1))) return `it must begin with ${schemes.join(":// or ")}://`;
  if (!/^[a-z]+:\/\//i.test(text)) return "there must be two slashes behind the scheme";
  if (url.hostname === "" && allowed.noHost !== true) return "it names no host";
  if (!isDecodable(url)) return "a % must be written %25";
  return forbiddenPart(url, text, allowed);
}

function forbiddenPart(url: URL, text: string, allowed: UrlParts): string | null {
  const hasCredentials = url.username !== "" || url.password !== "";
  if (hasCredentials && allowed.credentials !== true) return "it must hold no user and no password";
  if (!["", "/"].includes(url.pathname) && allowed.path !== true) return "it must have no path";
  if (text.includes("?") && allowed.query !== true) return "it must have no query (?)";
  return text.includes("#") ? "it must have no fragment (#)" : null;
}

/** Whether what clients decode can be decoded: the user, the password, the name of a database. */
function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** Returns a URL that paths can be appended to. */
export function withoutTrailingSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === "/") end -= 1;
  return url.slice(0, end);
}

/** Variables with their values trimmed, without those that are blank. */
export function withoutBlanks(variables: NodeJS.ProcessEnv): Record<string, string> {
  const trimmed = Object.entries(variables).map(([name, value]) => [name, value?.trim() ?? ""] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ""));
}
