import { decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import type { Config } from "../../config";
import { createDataSource } from "../../db/postgres/dataSource";
import { readPeople } from "../../db/directory/viewers";
import { createLogger } from "../../logger";
import {
  createAccessTokens,
  TokenRejectedError,
  type TokenIdentity,
  type TokenProblem,
} from "../../server/auth/accessTokens";
import { messageOf } from "../databaseUrl";
import { failed, ok, type Finding } from "./finding";

const what = "token (--token)";
/** Milliseconds. */
const patience = 5_000;

/** Whether `serve` would accept a token, as whom, and why not. Shows claims of the token, never the token. */
export async function checkToken(config: Config, given: string): Promise<Finding[]> {
  const token = given.trim().replace(/^Bearer +/i, "");
  try {
    const identity = await createAccessTokens(config.auth).verify(`Bearer ${token}`);
    return [ok(`${what}: accepted as ${identity.email}, ${await partsOf(config, identity)}, ${untilOf(identity)}`)];
  } catch (error) {
    if (error instanceof TokenRejectedError) {
      const rejected = { claims: claimsOf(token), kid: kidOf(token), auth: config.auth };
      return [failed(what, ...explanations[error.problem](rejected))];
    }
    return [
      failed(
        what,
        `it cannot be checked: ${messageOf(rootOf(error))}`,
        "see what is said of the issuer, then try again",
      ),
    ];
  }
}

/** The first cause: fetch wraps the system's error in two of its own. */
function rootOf(error: unknown): unknown {
  const cause: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "cause") : undefined;
  return cause === undefined ? error : rootOf(cause);
}

const untilOf = ({ expiresAt }: TokenIdentity) => `until ${expiresAt.toISOString()}`;

/** The parts that the token and the directory give to a person. */
async function partsOf({ databaseUrl, auth }: Config, { email, isOperations }: TokenIdentity): Promise<string> {
  const operations = isOperations ? [`operations (${auth.operationsRole})`] : [];
  const dataSource = createDataSource({
    url: databaseUrl,
    poolSize: 1,
    logger: createLogger("silent", "json"),
    patience,
  });
  try {
    await dataSource.initialize();
    const person = (await readPeople(dataSource.manager, [email])).get(email);
    const parts = [
      ...operations,
      ...(person?.isEnterpriseAdmin === true ? ["Enterprise Administrator"] : []),
      ...(person?.partnerId != null
        ? [person.canRespond === true ? "partner user who may respond" : "partner user"]
        : []),
    ];
    return parts.length === 0 ? "without any part in the directory" : parts.join(" and ");
  } catch {
    return [...operations, "the directory cannot be read"].join(", ");
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

interface Rejected {
  readonly claims: JWTPayload;
  readonly kid: unknown;
  readonly auth: Config["auth"];
}

/** The problem and its fix. */
type Explanation = (rejected: Rejected) => readonly [problem: string, fix: string];

const unreadable: Explanation = () => [
  "it is not a JSON Web Token of at most 8 kB",
  "copy it whole, in its three parts with dots",
];

const explanations: Readonly<Record<TokenProblem, Explanation>> = {
  "no token": unreadable,
  malformed: unreadable,
  "too long": unreadable,
  issuer: ({ claims: { iss }, auth }) => [
    `its issuer is ${show(iss)}, not ${auth.issuer}`,
    "set AUTH_ISSUER to it, or use a token of AUTH_ISSUER",
  ],
  audience: ({ claims: { aud }, auth }) => [
    `its audience is ${show(aud)}, not ${auth.audience}`,
    "set AUTH_AUDIENCE to it, or ask the issuer for a token with this audience",
  ],
  expired: ({ claims: { exp } }) => [
    `it expired at ${instant(exp)}`,
    "ask for a new one; if it is new, set the clock of this machine",
  ],
  "not valid yet": ({ claims: { nbf } }) => [`it is valid from ${instant(nbf)} on`, "set the clock of this machine"],
  "no expiry": () => ["it has no expiry (exp)", "have the issuer set one"],
  "unknown key": ({ kid }) => [
    `the issuer has no key ${show(kid)}`,
    "use a token of this issuer, or correct AUTH_JWKS_URL",
  ],
  signature: () => ["its signature is of no key of the issuer", "copy the token whole, or correct AUTH_JWKS_URL"],
  algorithm: () => ["it is not signed by RS256, ES256 or EdDSA", "have the issuer sign with one of these"],
  "no email": ({ claims, auth: { emailClaim } }) => [
    `its claim ${emailClaim} is ${show(claims[emailClaim])}; it has ${show(Object.keys(claims).join(", "))}`,
    "set AUTH_EMAIL_CLAIM to the claim with the address, or have the issuer put it into access tokens",
  ],
  "email is not one bare address": ({ claims, auth: { emailClaim } }) => [
    `its claim ${emailClaim} is ${show(claims[emailClaim])}`,
    "have the issuer send one bare ASCII address",
  ],
  "email not verified": () => [
    "its issuer says email_verified false",
    "have the person verify the address at the issuer",
  ],
};

function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}

function kidOf(token: string): unknown {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined;
  }
}

/** A claim as it can be shown on a terminal. */
function show(value: unknown): string {
  return value === undefined
    ? "missing"
    : JSON.stringify(value)
        .slice(0, 200)
        .replace(/[^ -~]/g, "\uFFFD");
}

function instant(seconds: number | undefined): string {
  const date = new Date((seconds ?? Number.NaN) * 1_000);
  return Number.isNaN(date.getTime()) ? "no instant" : date.toISOString();
}
