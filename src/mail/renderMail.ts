import type { MailFacts } from "../domain/mailContent";
import type { CocpNotificationKind } from "../domain/model";
import { layOutHtml } from "./layOutHtml";
import { layOutText } from "./layOutText";
import { portalPage, type Portals } from "../domain/portals";
import { onOneLine, withHarmlessNames } from "./harmlessText";
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
 * Makes the email of a notification: one subject line, and the same facts as HTML and as text. Its button leads to the
 * request at the reader's own portal. Throws for a kind that is never sent to that party.
 */
export function renderMail(
  kind: CocpNotificationKind,
  party: MailParty,
  content: MailFacts,
  portals: Portals,
): RenderedMail {
  const facts = withHarmlessNames(content);
  const letter = templates[kind][party]?.(facts);
  if (letter === undefined) throw new Error(`No email of kind ${kind} is sent to ${party}`);
  const page = portalPage(party === "CUSTOMER" ? portals.customer : portals.partner, content.requestId);
  const parts = partsOf(letter, party, facts, page);
  return { subject: onOneLine(letter.subject), html: layOutHtml(parts), text: layOutText(parts) };
}
