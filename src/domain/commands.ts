import type { LocalDate } from "./dates";
import type { CocpParty, ContactVerification } from "./model";

/** A command to an existing record. */
export type CocpCommand =
  | { readonly type: "ACCEPT"; readonly note: string | null }
  | { readonly type: "DECLINE"; readonly note: string | null }
  | { readonly type: "CANCEL"; readonly note: string | null }
  | { readonly type: "FINISH_CANCELLATION" }
  | { readonly type: "EXPIRE" }
  | { readonly type: "START_REVIEW"; readonly note: string | null }
  | { readonly type: "APPROVE"; readonly note: string | null }
  | { readonly type: "REFUSE"; readonly note: string | null }
  | { readonly type: "COMPLETE" }
  | { readonly type: "AMEND_EFFECTIVE_DATE"; readonly effectiveDate: LocalDate; readonly caseNumber: string }
  | {
      readonly type: "UPDATE_NOTIFICATION_CONTACT";
      readonly contact: string;
      readonly verificationOf: (newPartnerId: string) => ContactVerification;
    };

export type CommandType = CocpCommand["type"];

/** The sender of a command, with its parties to the record. */
export interface Actor {
  /** Null for the service. */
  readonly email: string | null;
  readonly parties: ReadonlySet<CocpParty>;
  /** Whether a user of the new partner may accept and decline. */
  readonly canRespond: boolean;
}

/** The service: deadlines and background jobs. */
export const systemActor: Actor = { email: null, parties: new Set(["SYSTEM"]), canRespond: false };
