import { LRUCache } from "lru-cache";
import type { DataSource } from "typeorm";
import type { Config } from "../config";
import { digest, type Limiter, type Limiters, type Taken } from "../db/limiters";
import { readTenants } from "../db/directory/viewers";
import type { Viewer } from "../domain/model";
import { addressKey, pcnKey } from "../domain/keys";
import type { Logger } from "../logger";

/** Somebody asked too often. The message is for the caller. */
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

/** The limits on how often somebody may ask. All throw RateLimitedError. */
export interface RateLimits {
  /** Whether a person's budget is not known to be used up. Asks no store. */
  verifyMayCall(email: string): void;
  /** Takes points from an address's budget for what it asks, or for its sockets. */
  spendAt(address: string, points: number, budget?: AddressBudget): Promise<void>;
  /** The same for what is refused, and had to be looked at all the same. */
  spendRefusedAt(address: string, points: number, budget?: AddressBudget): Promise<void>;
  /** Whether something that came from an address was refused within the last ten seconds. */
  wasRefused(address: string): boolean;
  /** What pays for the operations of a person at an address. */
  payerFor(email: string, address: string): Payer;
  /**
   * A look-up of partners by PCN and of contacts: whoever could make any number of them would get to know who the
   * partners are and who works there. One that the person has made within the hour is free: a form is checked again
   * and again.
   */
  lookUp(viewer: Viewer, subjects: readonly LookUp[]): Promise<void>;
}

/** Sockets have their own: who floods one shuts nobody behind the same address out of what is asked over HTTP. */
export type AddressBudget = "address" | "sockets";

/** What an operation has cost, and what is left for others until the budget is full again; null: no limit. */
export interface Paid {
  readonly points: number;
  readonly remaining: number | null;
  /** Seconds. */
  readonly resetsIn: number | null;
}

/** Pays for operations from the budgets of a person and of its address. */
export interface Payer {
  /**
   * Takes the flat charge of a request from the person's budget, before anything of it is read. Throws
   * RateLimitedError.
   */
  payRequest(): Promise<void>;
  /**
   * Takes the price of an operation. What `payRequest` took counts in the result. Throws RateLimitedError when a
   * budget is used up.
   */
  pay(points: number): Promise<Paid>;
  /**
   * For what was refused before it ran, which had to be read all the same: a person's doing, and not its address's.
   * Throws nothing.
   */
  payRefused(): Promise<void>;
  /** See RateLimits. */
  verifyMayCall(): void;
}

/** A partner by its PCN, or also whether a contact is one of its people. */
export interface LookUp {
  readonly newPartnerPcn: string;
  readonly partnerNotificationContact?: string;
}

/** Seconds. */
const window = 10;
const hour = 3_600;
/** Milliseconds that a person's customers are taken to be the same. */
const minute = 60_000;
/** Look-ups that are remembered as made. */
const remembered = 50_000;
const tenantShare = 2;
/** Points of each request, before anything of it is read: of the person, and of the address for a socket or a link. */
export const requestPoints = 1;
/** Points more of a request that is rejected as the client's fault, on every transport. */
export const rejectedPoints = 100;
const tooMuch = "You ask too much at once.";

export interface RateLimitsOptions {
  readonly limiters: Limiters;
  readonly rates: Config["rates"];
  readonly dataSource: DataSource;
  readonly logger: Logger;
  /** What the log calls a person. */
  readonly nameOf: (email: string) => string;
  /** So many look-ups were refused. */
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
  const toldOf = new LRUCache<string, true>({ max: remembered, ttl: hour * 1_000 });

  const spent = new LRUCache<string, number>({ max: remembered });
  const refused = new LRUCache<string, true>({ max: remembered, ttl: window * 1_000 });

  async function spend(email: string, points: number): Promise<Taken> {
    const taken = await ofViewer.take(email, points);
    if (!taken.isAllowed) spent.set(email, performance.now() + taken.resetsIn * 1_000);
    return allowed(taken, tooMuch);
  }
  async function spendAt(address: string, points: number, budget: AddressBudget = "address"): Promise<void> {
    const taken = await ofAddress[budget].take(address, points);
    if (!taken.isAllowed) refused.set(address, true);
    allowed(taken, "Too much is asked from your address.");
  }
  async function spendRefusedAt(address: string, points: number, budget?: AddressBudget): Promise<void> {
    refused.set(address, true);
    await spendAt(address, points, budget);
  }

  const limits: RateLimits = {
    verifyMayCall(email) {
      const until = spent.get(email);
      const left = (until ?? 0) - performance.now(); // no clock that may be set
      if (left > 0) throw new RateLimitedError(tooMuch, Math.ceil(left / 1_000));
    },
    spendAt,
    spendRefusedAt,
    wasRefused: (address) => refused.has(address),
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
        tellOf(viewer.email, own);
        allowed(refused, "You have looked up too many partners and contacts.");
      }
      for (const key of fresh) made.set(key, true);
    },
  };
  return limits;

  /** On whose behalf a person acts: its customers and its partner organization. */
  async function tenantsOf({ email, partner }: Viewer): Promise<string[]> {
    const known = tenants.get(email) ?? (await readTenants(dataSource.manager, email));
    tenants.set(email, known);
    return partner === null ? known : [...known, partner.id];
  }

  /** One line an hour for each person: who tries numbers out meets the limit again and again. */
  function tellOf(email: string, ofTenants: readonly string[]): void {
    if (toldOf.has(email)) return;
    toldOf.set(email, true);
    const facts = { viewer: nameOf(email), tenants: ofTenants };
    logger.warn(facts, "look-ups of partners are at their limit: somebody may be trying numbers out");
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
