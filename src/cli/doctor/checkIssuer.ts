import { z } from "zod";
import type { Config } from "../../config";
import { messageOf } from "../databaseUrl";
import { failed, ok, warning, type Finding } from "./finding";

/** Milliseconds. */
const patience = 5_000;
/** Seconds that access tokens are given (server/auth/accessTokens.ts). */
const leeway = 30;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const keySet = z.object({
  keys: z.array(z.object({ kty: z.string(), crv: z.string().optional(), use: z.string().optional() })),
});

/** Whether tokens of the issuer could be checked: its name, its keys, its clock. */
export async function checkIssuer({ auth }: Pick<Config, "auth">): Promise<Finding[]> {
  const what = "issuer (AUTH_ISSUER)";
  if (auth.jwksUrl !== null) return await checkKeys(auth.jwksUrl, "keys (AUTH_JWKS_URL)", "correct AUTH_JWKS_URL");
  const url = `${auth.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  try {
    const { issuer, jwks_uri: keysUrl } = discovery.parse((await get(url)).body);
    if (issuer !== auth.issuer) {
      const problem = `it calls itself ${issuer}, so that every token is refused`;
      return [failed(what, problem, `set AUTH_ISSUER=${issuer}, to the letter`)];
    }
    return [ok(what), ...(await checkKeys(keysUrl, "issuer's keys", "ask whoever runs the issuer"))];
  } catch (error) {
    const cure =
      "correct AUTH_ISSUER, let this machine through to it, or set AUTH_JWKS_URL if it has no discovery document";
    return [failed(what, `${url}: ${describe(error)}`, cure)];
  }
}

async function checkKeys(url: string, what: string, cure: string): Promise<Finding[]> {
  try {
    const { body, ahead } = await get(url);
    const { keys } = keySet.parse(body);
    const usable = keys.filter(({ kty, crv, use }) => use !== "enc" && isUsable(kty, crv));
    if (usable.length === 0) {
      return [failed(what, `${url} has no key for RS256, ES256 or EdDSA`, "have the issuer sign with one of these")];
    }
    return [ok(what), checkClock(ahead)];
  } catch (error) {
    return [failed(what, `${url}: ${describe(error)}`, `${cure}, or let this machine through to it`)];
  }
}

function isUsable(kty: string, crv: string | undefined): boolean {
  return kty === "RSA" || (kty === "EC" && crv === "P-256") || (kty === "OKP" && crv === "Ed25519");
}

function checkClock(ahead: number | null): Finding {
  const what = "clock beside the issuer's";
  if (ahead === null || Math.abs(ahead) <= leeway) return ok(what);
  const problem = `this machine is ${Math.abs(ahead)} s ${ahead > 0 ? "ahead" : "behind"}: tokens may count as expired, or as not valid yet`;
  return warning(what, problem, "keep the clock by NTP (chrony, systemd-timesyncd)");
}

/** A JSON document, and the seconds that our clock is ahead of whoever gave it. */
async function get(url: string): Promise<{ body: unknown; ahead: number | null }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  const date = Date.parse(response.headers.get("date") ?? "");
  return { body: await response.json(), ahead: Number.isNaN(date) ? null : Math.round((Date.now() - date) / 1_000) };
}

function describe(error: unknown): string {
  if (error instanceof z.ZodError) return "it is not the document that was expected";
  const cause: unknown = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause);
}
