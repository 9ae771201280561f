import { LRUCache } from "lru-cache";
import type { Config } from "../config";
import type { Limiter, Taken } from "../db/limiters";
import type { Viewer } from "../domain/model";
import { LookUpLimit, type LookUp, type LookUpLimitOptions } from "./lookUpLimit";
import { allowed, RateLimitedError } from "./rateLimitedError";

export { RateLimitedError };

/** The budget of an address. A flood of sockets leaves the HTTP requests of the address alone. */
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

/** Seconds. */
const window = 10;
/** People whose used-up budgets are remembered. */
const cacheSize = 50_000;
/** Points of each request, before anything of it is read: of the person, and of the address for a socket or a link. */
export const requestPoints = 1;
/** Points more of a request that is rejected as the client's fault, on every transport. */
export const rejectedPoints = 100;
const tooMany = "Too many requests.";

export interface RateLimitsOptions extends Omit<LookUpLimitOptions, "lookUps"> {
  readonly rates: Config["rates"];
}

/** Limits on requests and look-ups. */
export class RateLimits {
  readonly #isLimited: boolean;
  readonly #ofViewer: Limiter;
  readonly #ofAddress: Record<AddressBudget, Limiter>;
  readonly #lookUps: LookUpLimit;
  /** When the used-up budgets of people are full again, by performance.now(): a monotonic clock. */
  readonly #usedUpUntil = new LRUCache<string, number>({ max: cacheSize });

  constructor({ rates, ...options }: RateLimitsOptions) {
    const { limiters } = options;
    this.#isLimited = rates.viewerPoints !== Infinity;
    this.#ofViewer = limiters.ofRequests({ name: "viewer:", points: rates.viewerPoints, seconds: window });
    this.#ofAddress = {
      address: limiters.ofNode({ name: "address:", points: rates.addressPoints, seconds: window }),
      sockets: limiters.ofNode({ name: "sockets:", points: rates.addressPoints, seconds: window }),
    };
    this.#lookUps = new LookUpLimit({ ...options, lookUps: rates.lookUps });
  }

  /** Throws RateLimitedError when the person's budget is known to be used up. Reads no store. */
  verifyMayCall(email: string): void {
    const milliseconds = (this.#usedUpUntil.get(email) ?? 0) - performance.now();
    if (milliseconds > 0) throw new RateLimitedError(tooMany, Math.ceil(milliseconds / 1_000));
  }

  /** Charges the budget of an address: for requests, or for its sockets. Throws RateLimitedError. */
  async spendAt(address: string, points: number, budget: AddressBudget = "address"): Promise<void> {
    allowed(await this.#ofAddress[budget].take(address, points), "Too many requests from your address.");
  }

  /** Returns the budgets that pay for the operations of a person at an address. */
  payerFor(email: string, address: string): Payer {
    return {
      payRequest: async () => void (await this.#spend(email, requestPoints)),
      pay: async (points) => {
        await this.spendAt(address, points);
        const { remaining, resetsIn } = await this.#spend(email, points);
        const left = this.#isLimited ? { remaining, resetsIn } : { remaining: null, resetsIn: null };
        return { points: points + requestPoints, ...left };
      },
      payRefused: async () => {
        await Promise.allSettled([this.spendAt(address, rejectedPoints), this.#spend(email, rejectedPoints)]);
      },
      verifyMayCall: () => this.verifyMayCall(email),
    };
  }

  /** Charges look-ups of partners and contacts: see LookUpLimit. Throws RateLimitedError. */
  async lookUp(viewer: Viewer, subjects: readonly LookUp[]): Promise<void> {
    await this.#lookUps.charge(viewer, subjects);
  }

  async #spend(email: string, points: number): Promise<Taken> {
    const taken = await this.#ofViewer.take(email, points);
    if (!taken.isAllowed) this.#usedUpUntil.set(email, performance.now() + taken.resetsIn * 1_000);
    return allowed(taken, tooMany);
  }
}
