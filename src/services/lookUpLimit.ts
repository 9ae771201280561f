import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { DataSource } from "typeorm";
import { readTenants } from "../db/directory/viewers";
import type { Limiter, Limiters } from "../db/limiters";
import { addressKey, pcnKey } from "../domain/keys";
import type { Viewer } from "../domain/model";
import type { Logger } from "../logger";
import { allowed } from "./rateLimitedError";

/** A look-up of a partner by its PCN, and of a contact among its users. */
export interface LookUp {
  readonly newPartnerPcn: string;
  readonly partnerNotificationContact?: string;
}

export interface LookUpLimitOptions {
  readonly limiters: Limiters;
  /** Look-ups of a person in an hour; Infinity: no limit. */
  readonly lookUps: number;
  readonly dataSource: DataSource;
  readonly logger: Logger;
  /** The name of a person in the log. */
  readonly nameOf: (email: string) => string;
  /** Counts rejected look-ups. */
  readonly lookUpsRefused: (count: number) => void;
}

/** Seconds. */
const hour = 3_600;
/** Milliseconds for which a person's tenants are cached. */
const minute = 60_000;
/** Entries of a cache. */
const cacheSize = 50_000;
/** Look-ups of a tenant's people together, as a multiple of one person's. */
const tenantShare = 2;

/**
 * Limits the look-ups of partners and contacts, by person and by tenant: unlimited look-ups would disclose the partners and
 * their users. A look-up that the person has made within the hour is free, since a form is checked again and again.
 */
export class LookUpLimit {
  readonly #options: LookUpLimitOptions;
  readonly #byViewer: Limiter;
  readonly #byTenant: Limiter;
  readonly #made = new LRUCache<string, true>({ max: cacheSize, ttl: hour * 1_000 });
  readonly #tenants = new LRUCache<string, string[]>({ max: 1_000, ttl: minute, noUpdateTTL: true });
  readonly #reported = new LRUCache<string, true>({ max: cacheSize, ttl: hour * 1_000 });

  constructor(options: LookUpLimitOptions) {
    const { limiters, lookUps } = options;
    this.#options = options;
    this.#byViewer = limiters.ofInstallation({ name: "lookups:", points: lookUps, seconds: hour });
    this.#byTenant = limiters.ofInstallation({ name: "tenant:", points: lookUps * tenantShare, seconds: hour });
  }

  /** Charges look-ups. Throws RateLimitedError. */
  async charge(viewer: Viewer, subjects: readonly LookUp[]): Promise<void> {
    if (this.#options.lookUps === Infinity) return;
    const keys = new Set(subjects.flatMap((subject) => keysOf(viewer.email, subject)));
    const fresh = [...keys].filter((key) => !this.#made.has(key));
    if (fresh.length === 0) return;
    const tenants = await this.#tenantsOf(viewer);
    const taken = [await this.#byViewer.take(viewer.email, fresh.length)];
    for (const tenant of tenants) taken.push(await this.#byTenant.take(tenant, fresh.length));
    const rejected = taken.find(({ isAllowed }) => !isAllowed);
    if (rejected !== undefined) {
      this.#options.lookUpsRefused(fresh.length);
      this.#report(viewer.email, tenants);
      allowed(rejected, "You have looked up too many partners and contacts.");
    }
    for (const key of fresh) this.#made.set(key, true);
  }

  /** The tenants that a person acts for: its customers and its partner organization. */
  async #tenantsOf({ email, partner }: Viewer): Promise<string[]> {
    const known = this.#tenants.get(email) ?? (await readTenants(this.#options.dataSource.manager, email));
    this.#tenants.set(email, known);
    return partner === null ? known : [...known, partner.id];
  }

  /** Logs one line an hour for each person. */
  #report(email: string, tenants: readonly string[]): void {
    if (this.#reported.has(email)) return;
    this.#reported.set(email, true);
    const facts = { viewer: this.#options.nameOf(email), tenants };
    this.#options.logger.warn(facts, "the limit of partner look-ups is reached: a person may be enumerating partners");
  }
}

/** Keys of a person's look-ups. Their parts cannot run into each other: a PCN or a contact may have blanks. */
function keysOf(email: string, { newPartnerPcn, partnerNotificationContact: contact }: LookUp): string[] {
  const pcn = pcnKey(newPartnerPcn) ?? "";
  const parts = contact === undefined ? [[pcn]] : [[pcn], [pcn, addressKey(contact)]];
  return parts.map((each) =>
    createHash("sha256")
      .update(JSON.stringify([email, ...each]))
      .digest("base64url"),
  );
}
