import { html, withLineBreaks, type Html } from "./html";
import type { LetterParts } from "./letterParts";

/**
 * The letter as HTML that mail programs show as meant: tables, inline styles, nothing loaded from elsewhere. The style
 * sheet only recolours it where the program knows dark mode.
 */
export function layOutHtml(parts: LetterParts): string {
  const { heading, footer } = parts;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        ${metaTags}
        <title>${heading}</title>
        ${darkModeStyle}
      </head>
      <body class="page" style="margin:0;padding:0;background:#f1f3f5">
        <table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f1f3f5">
          <tr>
            <td align="center" style="padding:24px 12px">
              <table
                role="presentation"
                class="card"
                width="100%"
                cellpadding="0"
                cellspacing="0"
                style="max-width:640px;background:#ffffff;border:1px solid #d8dde2;border-radius:6px;text-align:left"
              >
                ${cardOf(parts)}
              </table>
              <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px">
                <tr>
                  <td
                    class="quiet"
                    style="padding:16px 32px;text-align:left;color:#5b6875;${font}font-size:12px;line-height:18px"
                  >
                    ${footer}
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html> `.source;
}

const metaTags = html`<meta name="viewport" content="width=device-width, initial-scale=1" />
  <meta name="color-scheme" content="light dark" />
  <meta name="supported-color-schemes" content="light dark" />`;

const darkModeStyle = html`<style>
  @media (prefers-color-scheme: dark) {
    .page {
      background: #14181d !important;
    }
    .card {
      background: #1e242b !important;
      border-color: #39424c !important;
    }
    .strong {
      color: #f2f4f6 !important;
    }
    .quiet {
      color: #a9b4c0 !important;
    }
    .line {
      border-color: #39424c !important;
    }
    .button {
      background: #7db4f0 !important;
      color: #0d1722 !important;
    }
  }
</style> `;

/** The row with the letter itself. */
function cardOf({ heading, paragraphs, facts, accounts, note, next, link }: LetterParts): Html {
  return html`<tr>
    <td style="padding:28px 32px 32px;${font}">
      <h1 class="strong" style="margin:0 0 16px;font-size:22px;line-height:30px;font-weight:600;color:#1b2733">
        ${heading}
      </h1>
      ${paragraphs.map((text) => html`<p class="strong" style="margin:0 0 14px;color:#1b2733">${text}</p> `)}
      ${factTable(facts)} ${heading2("Billing accounts")} ${accountTable(accounts)}
      ${note === null ? html`` : quote(note)} ${heading2("What to do next")}
      ${next.map((step) => html`<p class="strong" style="margin:0 0 8px;color:#1b2733">${step}</p> `)}
      ${link === null ? html`` : button(link)}
    </td>
  </tr> `;
}

const font = html`font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:15px;line-height:22px;`;

function button({ label, url }: NonNullable<LetterParts["link"]>): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" style="margin:20px 0 0">
      <tr>
        <td>
          <a
            class="button"
            href="${url}"
            style="display:inline-block;padding:11px 22px;background:#1f5c99;color:#ffffff;border-radius:4px;text-decoration:none;font-weight:600"
            >${label}</a
          >
        </td>
      </tr>
    </table>
    <p class="quiet" style="margin:10px 0 0;font-size:13px;line-height:19px;color:#5b6875">${url}</p>`;
}

function heading2(text: string): Html {
  return html`<h2
    class="strong"
    style="margin:24px 0 8px;font-size:16px;line-height:24px;font-weight:600;color:#1b2733"
  >
    ${text}
  </h2>`;
}

function factTable(facts: LetterParts["facts"]): Html {
  const rows = facts.map(
    ({ label, value }) =>
      html`<tr>
        <td class="quiet" valign="top" style="padding:3px 20px 3px 0;white-space:nowrap;color:#5b6875;${font}">
          ${label}
        </td>
        <td class="strong" valign="top" style="padding:3px 0;color:#1b2733;${font}">${value}</td>
      </tr> `,
  );
  return html`<table cellpadding="0" cellspacing="0" style="margin:18px 0 0">
    ${rows}
  </table>`;
}

function accountTable({ columns, rows }: LetterParts["accounts"]): Html {
  const head = columns.map(
    ({ title, width }) =>
      html`<th
        class="quiet line"
        align="left"
        width="${width}"
        style="padding:6px 12px 6px 0;border-bottom:2px solid #d8dde2;text-align:left;font-weight:600;color:#5b6875;${font}font-size:13px"
      >
        ${title}
      </th> `,
  );
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map((value) => html`<td class="strong line" valign="top" style="padding:8px 12px 8px 0;border-bottom:1px solid #d8dde2;color:#1b2733;${font}font-size:14px">${value}</td> `)}
      </tr> `,
  );
  return html`<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse">
    <thead>
      <tr>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table>`;
}

function quote({ title, lines }: NonNullable<LetterParts["note"]>): Html {
  return html`${heading2(title)}
    <p
      dir="auto"
      class="strong line"
      style="margin:0;padding:2px 0 2px 14px;border-left:3px solid #d8dde2;color:#1b2733"
    >
      ${withLineBreaks(lines)}
    </p>`;
}
