import type { MailContent } from "../domain/mailContent";
import type { CocpNotificationKind } from "../domain/model";
import { layOutHtml } from "./layOutHtml";
import { layOutText } from "./layOutText";
import type { MailParty, Template } from "./letter";
import { partsOf } from "./letterParts";
import { accepted } from "./templates/accepted";
import { approved } from "./templates/approved";
import { canceled } from "./templates/canceled";
import { completed } from "./templates/completed";
import { declined } from "./templates/declined";
import { effectiveDateAmended } from "./templates/effectiveDateAmended";
import { expired } from "./templates/expired";
import { invitation } from "./templates/invitation";
import { refused } from "./templates/refused";
import { reminder } from "./templates/reminder";

export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

const templates: Readonly<Record<CocpNotificationKind, Template>> = {
  INVITATION: invitation,
  REMINDER: reminder,
  ACCEPTED: accepted,
  DECLINED: declined,
  CANCELED: canceled,
  EXPIRED: expired,
  REFUSED: refused,
  APPROVED: approved,
  EFFECTIVE_DATE_AMENDED: effectiveDateAmended,
  COMPLETED: completed,
};

/**
 * A notification as mail: one subject line, and the same facts as HTML and as text. The same notification gives the same
 * mail every time. `publicUrl` is where the reader finds the portal. Throws for a kind that is never sent to that party.
 */
export function renderMail(
  kind: CocpNotificationKind,
  party: MailParty,
  content: MailContent,
  publicUrl: string,
): RenderedMail {
  const letter = templates[kind][party]?.(content);
  if (letter === undefined) throw new Error(`No mail of kind ${kind} is sent to ${party}`);
  const parts = partsOf(letter, party, content, publicUrl);
  return { subject: onOneLine(letter.subject), html: layOutHtml(parts), text: layOutText(parts) };
}

/** A name that holds a line break must not begin a new header. */
function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
