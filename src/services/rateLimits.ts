import { LRUCache } from "lru-cache";
import type { DataSource } from "typeorm";
import type { Config } from "../config";
import { digest, type Limiter, type Limiters, type Taken } from "../db/limiters";
import { readTenants } from "../db/directory/viewers";
import type { Viewer } from "../domain/model";
import { addressKey, pcnKey } from "../domain/keys";
import type { Logger } from "../logger";

/** A client exceeded a limit. The message is for the client. */
export class RateLimitedError extends Error {
  constructor(
    what: string,
    /** Seconds. */
    readonly retryAfter: number,
  ) {
    super(`${what} Try again in ${retryAfter} seconds.`);
    this.name = "RateLimitedError";
  }
}

/** Limits on requests and look-ups. All throw RateLimitedError. */
export interface RateLimits {
  /** Throws when the person's budget is known to be used up. Reads no store. */
  verifyMayCall(email: string): void;
  /** Charges the budget of an address: for requests, or for its sockets. */
  spendAt(address: string, points: number, budget?: AddressBudget): Promise<void>;
  /** Returns the budgets that pay for the operations of a person at an address. */
  payerFor(email: string, address: string): Payer;
  /**
   * Charges a look-up of partners by PCN and of contacts. Unlimited look-ups would disclose the partners and their
   * users. A look-up that the person has made within the hour is free: a form is checked again and again.
   */
  lookUp(viewer: Viewer, subjects: readonly LookUp[]): Promise<void>;
}

/** Sockets have a budget of their own: a flood of sockets leaves the HTTP requests of the address alone. */
export type AddressBudget = "address" | "sockets";

/** The cost of an operation, and the rest of the budget. Null without a limit. */
export interface Paid {
  readonly points: number;
  readonly remaining: number | null;
  /** Seconds. */
  readonly resetsIn: number | null;
}

/** Charges the budgets of a person and of its address. */
export interface Payer {
  /** Charges the person a request, before anything of it is read. Throws RateLimitedError. */
  payRequest(): Promise<void>;
  /** Charges the price of an operation. The result includes `payRequest`. Throws RateLimitedError. */
  pay(points: number): Promise<Paid>;
  /** Charges a request that was rejected before it ran. Never throws. */
  payRefused(): Promise<void>;
  /** See RateLimits. */
  verifyMayCall(): void;
}

/** A look-up of a partner by its PCN, and of a contact among its users. */
export interface LookUp {
  readonly newPartnerPcn: string;
  readonly partnerNotificationContact?: string;
}

/** Seconds. */
const window = 10;
const hour = 3_600;
/** Milliseconds for which a person's customers are cached. */
const minute = 60_000;
/** Entries of the caches. */
const remembered = 50_000;
const tenantShare = 2;
/** Points of each request, before anything of it is read: of the person, and of the address for a socket or a link. */
export const requestPoints = 1;
/** Points more of a request that is rejected as the client's fault, on every transport. */
export const rejectedPoints = 100;
const tooMuch = "Too many requests.";

export interface RateLimitsOptions {
  readonly limiters: Limiters;
  readonly rates: Config["rates"];
  readonly dataSource: DataSource;
  readonly logger: Logger;
  /** The name of a person in the log. */
  readonly nameOf: (email: string) => string;
  /** Counts rejected look-ups. */
  readonly lookUpsRefused: (count: number) => void;
}

export function createRateLimits(options: RateLimitsOptions): RateLimits {
  const { limiters, rates, dataSource, logger, nameOf, lookUpsRefused } = options;
  const { lookUps } = rates;
  const ofViewer = limiters.ofRequests({ name: "viewer:", points: rates.viewerPoints, seconds: window });
  const ofAddress: Record<AddressBudget, Limiter> = {
    address: limiters.ofNode({ name: "address:", points: rates.addressPoints, seconds: window }),
    sockets: limiters.ofNode({ name: "sockets:", points: rates.addressPoints, seconds: window }),
  };
  const byViewer = limiters.ofInstallation({ name: "lookups:", points: lookUps, seconds: hour });
  const byTenant = limiters.ofInstallation({ name: "tenant:", points: lookUps * tenantShare, seconds: hour });
  const made = new LRUCache<string, true>({ max: remembered, ttl: hour * 1_000 });
  const tenants = new LRUCache<string, string[]>({ max: 1_000, ttl: minute, noUpdateTTL: true });
  const reported = new LRUCache<string, true>({ max: remembered, ttl: hour * 1_000 });

  const spent = new LRUCache<string, number>({ max: remembered });

  async function spend(email: string, points: number): Promise<Taken> {
    const taken = await ofViewer.take(email, points);
    if (!taken.isAllowed) spent.set(email, performance.now() + taken.resetsIn * 1_000);
    return allowed(taken, tooMuch);
  }
  async function spendAt(address: string, points: number, budget: AddressBudget = "address"): Promise<void> {
    const taken = await ofAddress[budget].take(address, points);
    allowed(taken, "Too many requests from your address.");
  }

  const limits: RateLimits = {
    verifyMayCall(email) {
      const until = spent.get(email);
      const left = (until ?? 0) - performance.now(); // a monotonic clock
      if (left > 0) throw new RateLimitedError(tooMuch, Math.ceil(left / 1_000));
    },
    spendAt,
    payerFor: (email, address) => ({
      async payRequest() {
        await spend(email, requestPoints);
      },
      async pay(points) {
        await spendAt(address, points);
        const { remaining, resetsIn } = await spend(email, points);
        const left = rates.viewerPoints === Infinity ? { remaining: null, resetsIn: null } : { remaining, resetsIn };
        return { points: points + requestPoints, ...left };
      },
      async payRefused() {
        await Promise.allSettled([spendAt(address, rejectedPoints), spend(email, rejectedPoints)]);
      },
      verifyMayCall: () => limits.verifyMayCall(email),
    }),
    async lookUp(viewer, subjects) {
      if (lookUps === Infinity) return;
      const keys = new Set(subjects.flatMap(keysOf).map((key) => digest(`${viewer.email} ${key}`)));
      const fresh = [...keys].filter((key) => !made.has(key));
      if (fresh.length === 0) return;
      const own = await tenantsOf(viewer);
      const taken = [await byViewer.take(viewer.email, fresh.length)];
      for (const tenant of own) taken.push(await byTenant.take(tenant, fresh.length));
      const refused = taken.find(({ isAllowed }) => !isAllowed);
      if (refused !== undefined) {
        lookUpsRefused(fresh.length);
        report(viewer.email, own);
        allowed(refused, "You have looked up too many partners and contacts.");
      }
      for (const key of fresh) made.set(key, true);
    },
  };
  return limits;

  /** The tenants that a person acts for: its customers and its partner organization. */
  async function tenantsOf({ email, partner }: Viewer): Promise<string[]> {
    const known = tenants.get(email) ?? (await readTenants(dataSource.manager, email));
    tenants.set(email, known);
    return partner === null ? known : [...known, partner.id];
  }

  /** Logs one line an hour for each person. */
  function report(email: string, ofTenants: readonly string[]): void {
    if (reported.has(email)) return;
    reported.set(email, true);
    const facts = { viewer: nameOf(email), tenants: ofTenants };
    logger.warn(facts, "the limit of partner look-ups is reached: a person may be enumerating partners");
  }
}

function allowed(taken: Taken, what: string): Taken {
  if (!taken.isAllowed) throw new RateLimitedError(what, taken.resetsIn);
  return taken;
}

function keysOf({ newPartnerPcn, partnerNotificationContact: contact }: LookUp): string[] {
  const pcn = pcnKey(newPartnerPcn) ?? "";
  return contact === undefined ? [`pcn ${pcn}`] : [`pcn ${pcn}`, `contact ${pcn} ${addressKey(contact)}`];
}
