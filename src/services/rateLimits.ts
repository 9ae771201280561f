import { LRUCache } from "lru-cache";
import type { DataSource } from "typeorm";
import type { Config } from "../config";
import { digest, type Limiters, type Taken } from "../db/limiters";
import { readTenants } from "../db/viewers";
import type { Viewer } from "../domain/model";
import { normalizePcn } from "../domain/text";
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
  /** Points for what an operation costs, from a person's budget. */
  spend(email: string, points: number): Promise<Taken>;
  /** The same from an address's. */
  spendAt(address: string, points: number): Promise<void>;
  /**
   * A look-up of partners by PCN and of contacts: whoever could make any number of them would get to know who the partners
   * are and who works there. One that the person has made within the hour is free: a form is checked again and again.
   */
  lookUp(viewer: Viewer, subjects: readonly LookUp[]): Promise<void>;
  /** Whether contacts may be sent one more invitation for the viewer's customers. */
  mayInvite(viewer: Viewer, contacts: readonly string[]): Promise<void>;
  /** Counts invitations, once they are committed. Throws nothing. */
  invited(viewer: Viewer, contacts: readonly string[]): Promise<void>;
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

export interface RateLimitsOptions {
  readonly limiters: Limiters;
  readonly rates: Config["rates"];
  readonly dataSource: DataSource;
  readonly logger: Logger;
}

export function createRateLimits({ limiters, rates, dataSource, logger }: RateLimitsOptions): RateLimits {
  const { lookUps, invitations } = rates;
  const ofViewer = limiters.ofRequests({ name: "viewer:", points: rates.viewerPoints, seconds: window });
  const ofAddress = limiters.ofNode({ name: "address:", points: rates.addressPoints, seconds: window });
  const byViewer = limiters.ofInstallation({ name: "lookups:", points: lookUps, seconds: hour });
  const byTenant = limiters.ofInstallation({ name: "tenant:", points: lookUps * tenantShare, seconds: hour });
  const ofContact = limiters.ofInstallation({ name: "contact:", points: invitations, seconds: hour });
  const made = new LRUCache<string, true>({ max: remembered, ttl: hour * 1_000 });
  const tenants = new LRUCache<string, string[]>({ max: 1_000, ttl: minute });

  return {
    async spend(email, points) {
      return allowed(await ofViewer.take(email, points), "You ask too much at once.");
    },
    async spendAt(address, points) {
      allowed(await ofAddress.take(address, points), "Too much is asked from your address.");
    },
    async lookUp(viewer, subjects) {
      if (lookUps === 0) return;
      const keys = new Set(subjects.flatMap(keysOf).map((key) => digest(`${viewer.email} ${key}`)));
      const fresh = [...keys].filter((key) => !made.has(key));
      if (fresh.length === 0) return;
      const own = await tenantsOf(viewer);
      const taken = [await byViewer.take(viewer.email, fresh.length)];
      for (const tenant of own) taken.push(await byTenant.take(tenant, fresh.length));
      const refused = taken.find(({ isAllowed }) => !isAllowed);
      if (refused !== undefined) {
        logger.warn({ tenants: own }, "look-ups of partners are at their limit: somebody may be trying numbers out");
        allowed(refused, "You have looked up too many partners and contacts.");
      }
      for (const key of fresh) made.set(key, true);
    },
    async mayInvite(viewer, contacts) {
      for (const key of await invitationKeys(viewer, contacts)) {
        allowed(await ofContact.look(key), "This contact was sent many invitations within the hour.");
      }
    },
    async invited(viewer, contacts) {
      try {
        for (const key of await invitationKeys(viewer, contacts)) await ofContact.take(key, 1);
      } catch (error) {
        logger.warn({ cause: String(error) }, "invitations were not counted");
      }
    },
  };

  /** On whose behalf a person acts: its customers and its partner organization. */
  async function tenantsOf({ email, partner }: Viewer): Promise<string[]> {
    const known = tenants.get(email) ?? (await readTenants(dataSource.manager, email));
    tenants.set(email, known);
    return partner === null ? known : [...known, partner.id];
  }

  async function invitationKeys(viewer: Viewer, contacts: readonly string[]) {
    if (invitations === 0) return [];
    const own = await tenantsOf(viewer);
    return [...new Set(contacts.map(normalContact))].flatMap((contact) => own.map((tenant) => `${tenant} ${contact}`));
  }
}

function allowed(taken: Taken, what: string): Taken {
  if (!taken.isAllowed) throw new RateLimitedError(what, taken.resetsIn);
  return taken;
}

function keysOf({ newPartnerPcn, partnerNotificationContact: contact }: LookUp): string[] {
  const pcn = normalizePcn(newPartnerPcn) ?? "";
  return contact === undefined ? [`pcn ${pcn}`] : [`pcn ${pcn}`, `contact ${pcn} ${normalContact(contact)}`];
}

const normalContact = (contact: string) => contact.trim().toLowerCase();
