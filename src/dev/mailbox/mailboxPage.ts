import type { ServerResponse } from "node:http";
import type { Route } from "../../server/http/route";
import { DevHttpError, devRoute, send, sendJson } from "../devHttp";
import type { MailboxMessage } from "./mailboxMessage";
import { pageHtml, pageScript, pageStyle } from "./mailboxAssets";
import { mailPolicy } from "./mailPolicy";

/** The page loads what this server has, frames its own mails and runs its own script: nothing else. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The web page of the mailbox at /dev/mail; /dev/mail.json lists the mails without their bodies, newest first, and
 * /dev/mail/ID.json, ID.html and ID.eml are one of them.
 */
export function mailboxRoutes(messages: () => readonly MailboxMessage[]): readonly Route[] {
  return [
    devRoute("GET", "/dev/mail", (_request, response) => {
      send(response, "text/html", pageHtml, { "content-security-policy": pagePolicy });
    }),
    devRoute("GET", "/dev/mail.json", (request, response) => {
      const all = messages();
      const etag = `"${all.length}-${all[0]?.id}"`;
      response.setHeader("etag", etag);
      if (request.headers["if-none-match"] === etag) response.writeHead(304).end();
      else sendJson(response, all.map(summary));
    }),
    devRoute("GET", "/dev/mail/", (_request, response, url) => {
      const name = url.pathname.slice("/dev/mail/".length);
      if (name === "page.css") return send(response, "text/css", pageStyle);
      if (name === "page.js") return send(response, "text/javascript", pageScript);
      const dot = name.lastIndexOf(".");
      const message = messages().find(({ id }) => id === name.slice(0, dot));
      if (message === undefined) throw new DevHttpError(404, "There is no such mail; the newest 500 are kept");
      return sendMessage(response, message, name.slice(dot));
    }),
  ];
}

function summary({ id, receivedAt, messageId, from, to, subject }: MailboxMessage) {
  return { id, receivedAt, messageId, from, to, subject };
}

function sendMessage(response: ServerResponse, message: MailboxMessage, format: string): void {
  switch (format) {
    case ".json":
      return sendJson(response, message);
    case ".html":
      return send(response, "text/html", withLinksInNewWindows(message.html ?? ""), {
        "content-security-policy": mailPolicy,
        "referrer-policy": "no-referrer",
      });
    case ".eml":
      return send(response, "text/plain", message.source, { "content-security-policy": mailPolicy });
    default:
      throw new DevHttpError(404, "A mail can be had as .json, .html and .eml");
  }
}

function withLinksInNewWindows(html: string): string {
  const base = '<base target="_blank">';
  return /<head\b[^<>]*>/i.test(html) ? html.replace(/<head\b[^<>]*>/i, `$&${base}`) : `<!doctype html>${base}${html}`;
}
