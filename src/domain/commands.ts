import type { LocalDate } from "./dates";
import type { CocpParty, ContactVerification } from "./model";

/** What can be asked of a record that exists. */
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

/** Who sends a command, and what it is to the record. */
export interface Actor {
  /** Null: the service itself. */
  readonly email: string | null;
  readonly parties: ReadonlySet<CocpParty>;
  /** A user of the new partner who may accept and decline. */
  readonly canRespond: boolean;
}

/** The service acting by its clock or in the background. */
export const systemActor: Actor = { email: null, parties: new Set(["SYSTEM"]), canRespond: false };
