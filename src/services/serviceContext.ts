import type { Clock } from "../db/clock/clock";
import type { Database } from "../db/postgres/connectionQuotas";
import type { Portals } from "../domain/portals";
import type { CocpPolicy } from "../domain/policy";
import type { Logger } from "../logger";
import type { FormMaker } from "./forms/formMaker";
import type { RateLimits } from "./rateLimits";

/** The dependencies of use cases. */
export interface ServiceContext {
  /** All of the pool; what serves a caller has the caller's share of it. */
  readonly dataSource: Database;
  readonly clock: Clock;
  readonly policy: CocpPolicy;
  /** Whether this is a sandbox, where the clock can be moved. */
  readonly sandbox: boolean;
  readonly logger: Logger;
  readonly limits: RateLimits;
  readonly forms: FormMaker;
  /** The right side of Message-IDs: the domain of MAIL_FROM. */
  readonly mailDomain: string;
  /** Hours after which a notification that no worker has seen is held; Infinity: never. */
  readonly mailHoldHours: number;
  /** Invitations that a customer may have sent to one contact in an hour; Infinity: any number. */
  readonly invitationsPerHour: number;
  /** The parties' pages of a request. */
  readonly portals: Portals;
  /** Tells all nodes, without waiting for it, that there is something new in the log. Call it after the commit. */
  notifyReaders(): void;
}
