import { setTimeout as pause } from "node:timers/promises";
import { kept, type Check } from "../../services/readiness";
import type { AccessTokens } from "./accessTokens";

/** Milliseconds after which the issuer counts as unreachable. */
const patience = 2_000;

/**
 * Creates the check that the issuer's keys were fetched since the process began: without them no caller can be
 * identified. It fetches at most once a second. Once fetched, the check stays successful: an issuer that is away
 * later affects all nodes alike, and a node without traffic could not tell clients to wait.
 */
export function createIssuerCheck({ fetchKeys }: AccessTokens): () => Promise<Check> {
  let areThere = false;
  const look = kept(async (): Promise<Check> => {
    try {
      await Promise.race([fetchKeys(), late()]);
      areThere = true;
      return { ok: true };
    } catch (error) {
      return { ok: false, problem: `the token issuer's keys can't be fetched (${reasonOf(error)})` };
    }
  });
  return async () => (areThere ? { ok: true } : await look());
}

async function late(): Promise<never> {
  await pause(patience, undefined, { ref: false });
  throw new Error("no answer in time");
}

/** The first code among its causes, such as ECONNREFUSED: enough to look it up, and no address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "no usable answer";
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" ? code : reasonOf(error.cause);
}
