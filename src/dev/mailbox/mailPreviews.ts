import type { MailFacts } from "../../domain/mailContent";
import type { Portals } from "../../domain/portals";
import { transitions, type Notice } from "../../domain/transitions";
import { html } from "../../mail/html";
import { renderMail } from "../../mail/renderMail";
import type { Route } from "../../server/http/route";
import { DevHttpError, devRoute, send } from "../devHttp";
import { mailPolicy } from "./mailPolicy";

const path = "/dev/mail-previews";

/** Every mail that there is, by what it tells and whom: those of the transitions, and the reminder. */
const notices: readonly Notice[] = [
  ...new Map(
    [...Object.values(transitions).flatMap((row): readonly Notice[] => row.notices), reminder()].map((notice) => [
      nameOf(notice),
      notice,
    ]),
  ).values(),
];

function reminder(): Notice {
  return { kind: "REMINDER", to: "NEW_PARTNER" };
}

/** /dev/mail-previews lists each template, /dev/mail-previews/NAME shows it as it looks, with made-up facts. */
export function mailPreviewRoutes(portals: Portals): readonly Route[] {
  return [
    devRoute("GET", path, (_request, response) => send(response, "text/html", listPage(portals), policy)),
    devRoute("GET", `${path}/`, (_request, response, url) => {
      const notice = notices.find((each) => `${path}/${nameOf(each)}` === url.pathname);
      if (notice === undefined) throw new DevHttpError(404, `There is no such mail: see ${path}`);
      send(response, "text/html", preview(notice, portals).html, policy);
    }),
  ];
}

const policy = { "content-security-policy": mailPolicy };

function nameOf({ kind, to }: Notice): string {
  return `${kind}-${to}`.toLowerCase().replaceAll("_", "-");
}

function preview({ kind, to }: Notice, portals: Portals) {
  return renderMail(kind, to, sampleFor(to), portals);
}

const listStyle = html`<style>
  :root {
    color-scheme: light dark;
    font:
      16px/1.5 system-ui,
      sans-serif;
  }
  body {
    margin: 2rem;
  }
  th,
  td {
    padding: 0.3rem 1.5rem 0.3rem 0;
    text-align: left;
  }
</style>`;

function listPage(portals: Portals): string {
  const rows = notices.map(
    (notice) =>
      html`<tr>
        <td>${notice.kind}</td>
        <td>${notice.to}</td>
        <td><a href="${path}/${nameOf(notice)}">${preview(notice, portals).subject}</a></td>
      </tr>`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <title>Mail previews · Changeover</title>
        <meta name="viewport" content="width=device-width" />
        ${listStyle}
      </head>
      <body>
        <h1>Mail previews</h1>
        <p>
          Each mail as its template makes it, with made-up facts. Mail that was sent is in the
          <a href="/dev/mail">mailbox</a>.
        </p>
        <table>
          <thead>
            <tr>
              <th>Kind</th>
              <th>To</th>
              <th>Subject</th>
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>
      </body>
    </html>`.source;
}

/** Sample facts of an email; to the old partner only those that it may know. */
function sampleFor(to: Notice["to"]): MailFacts {
  const newPartner = { pcn: "PCN-4410387", organizationName: "Harrowgate Licensing" };
  const oldPartner = { pcn: "PCN-4410512", organizationName: "Meridian Cloud Partners" };
  const recipientPartner = { NEW_PARTNER: newPartner, OLD_PARTNER: oldPartner, CUSTOMER: null }[to];
  const account = { effectiveDate: "2027-02-20", newPartner: to === "OLD_PARTNER" ? null : newPartner };
  return {
    organization: "Northlight Hospitals Trust",
    requestId: "COCP-7Q4M-K2XW",
    recipientPartner,
    accounts: [
      { accountNumber: "7701001", displayName: "Northlight General Hospital", ...account },
      { accountNumber: "7701007", displayName: "Northlight Community Clinics", ...account },
    ],
    submittedAt: "2026-11-22T09:30:00.000Z",
    respondBy: "2026-12-02T09:30:00.000Z",
    expiresAt: "2026-12-22T09:30:00.000Z",
    today: "2026-11-23",
    isUnanswered: true,
    isOverdue: false,
    isInReview: true,
    isPartlyAnswered: false,
    othersExist: false,
    othersGoOn: false,
    othersAreUnanswered: false,
    note: to === "OLD_PARTNER" ? null : "We can't take on further accounts in your region before the summer.",
  };
}
