import { LRUCache } from "lru-cache";
import type { Logger } from "../../logger";
import { LogLineLimit } from "../observability/logLineLimit";

/** Whether pages of an origin may send requests. */
export type IsAllowedOrigin = (origin: string) => boolean;

export interface OriginCheckOptions {
  readonly allowedOrigins: readonly string[];
  /** Allows pages of this machine too, on any port. */
  readonly allowsLoopback: boolean;
  readonly logger: Logger;
}

/** Milliseconds between two lines of the log about one origin, and how many origins are remembered. */
const loggedEvery = 3_600_000;
const maxRemembered = 1_000;
const linesPerSecond = 10;
/** Characters of an origin that are logged: the client chooses it. */
const maxLogged = 200;

/** Creates the check of origins. It logs each rejected origin once an hour, with the variable to set. */
export function createOriginCheck({ allowedOrigins, allowsLoopback, logger }: OriginCheckOptions): IsAllowedOrigin {
  const allowed = new Set(allowedOrigins);
  const logged = new LRUCache<string, true>({ max: maxRemembered, ttl: loggedEvery, noUpdateTTL: true });
  const lines = new LogLineLimit(linesPerSecond);
  return (origin) => {
    if (allowed.has(origin) || (allowsLoopback && isLoopbackOrigin(origin))) return true;
    const shown = origin.slice(0, maxLogged);
    if (!logged.has(shown) && lines.take()) {
      logged.set(shown, true);
      logger.warn({ origin: shown, fix: "add it to ALLOWED_ORIGINS" }, "pages of this origin may not call");
    }
    return false;
  };
}

function isLoopbackOrigin(origin: string): boolean {
  return /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/.test(origin);
}

/**
 * Whether a Host header names this machine: a loopback name or address, or one of `hosts`. A page of another
 * machine whose name resolves to our address (DNS rebinding) sends its own. Only clients other than browsers send none.
 */
export function isOwnHost(header: string | undefined, hosts: readonly string[]): boolean {
  if (header === undefined) return true;
  const name = header.toLowerCase().replace(/:\d{1,5}$/, "");
  const bare = name.startsWith("[") ? name.slice(1, -1) : name.replace(/\.$/, "");
  return /^(?:localhost|[\w.-]+\.localhost|127(?:\.\d{1,3}){3}|::1)$/.test(bare) || hosts.includes(bare);
}
