import type { ServerResponse } from "node:http";
import type { GraphQLFormattedError } from "graphql";
import type { Clock } from "../clock";
import type { Logger } from "../logger";
import { maskError } from "../resolvers/maskError";
import { isUnavailable } from "../services/availability";
import { FormLinkExpiredError, type FormLinks, type FormTicket } from "../services/formLinks";
import { formFileName, readForm } from "../services/readForm";
import type { ReadViewer } from "../services/readViewer";
import type { ServiceContext } from "../services/serviceContext";
import { answer, answerError } from "./answers";
import type { ObservedOperation, OperationObserver } from "./operationObserver";
import { requestIdIn } from "./requestId";
import type { Route } from "./routes";

const path = "/forms/";

export interface FormDownloadOptions {
  readonly clock: Clock;
  /** What serves a person. */
  servicesFor(email: string): ServiceContext;
  readonly readViewer: ReadViewer;
  readonly links: FormLinks;
  readonly observer: OperationObserver;
}

/**
 * GET /forms/TOKEN: the PDF, to whoever has the link (CocpForm.downloadUrl). The person's rights and the records' statuses
 * are looked at again: 404 when there is no form for it any more, 410 when the link has run out.
 */
export function createFormDownload(options: FormDownloadOptions): Route {
  const { observer } = options;
  return {
    methods: ["GET", "HEAD"],
    path,
    async handle(_request, response, url) {
      const seen = observer.begin("http", requestIdIn(response));
      seen.download = "form";
      try {
        await download(options, url.pathname.slice(path.length), response, seen);
      } catch (error) {
        seen.end([refuse(response, error, seen.logger)]);
      }
    },
  };
}

async function download(
  options: FormDownloadOptions,
  token: string,
  response: ServerResponse,
  seen: ObservedOperation,
): Promise<void> {
  const ticket = await options.links.open(token);
  const form = ticket && (await formFor(options, ticket, seen));
  if (form === null) {
    seen.end([{ extensions: { code: "NOT_FOUND" } }]);
    return answerError(response, 404, { message: "There is no form at this address." });
  }
  seen.end();
  answer(response, 200, "application/pdf", form.file, {
    "content-disposition": `attachment; filename="${form.fileName}"`,
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
  });
}

async function formFor(
  { clock, servicesFor, readViewer }: FormDownloadOptions,
  { requestId, email, isOperations }: FormTicket,
  seen: ObservedOperation,
) {
  await clock.refresh();
  const viewer = await readViewer({ email, displayName: null, isOperations });
  seen.viewer = viewer;
  const file = await readForm(servicesFor(viewer.email), viewer, requestId);
  return file && { file, fileName: formFileName(requestId) };
}

/** Every error is told here: the server would log the path of one that it gets, and with it a link that works. */
function refuse(response: ServerResponse, error: unknown, logger: Logger): GraphQLFormattedError {
  if (error instanceof FormLinkExpiredError) {
    const message = "This link has run out. Ask for a new one: CocpRequest.form.downloadUrl.";
    answerError(response, 410, { message });
    return { message, extensions: { code: "LINK_EXPIRED" } };
  }
  const masked = maskError({ message: "" }, error, logger);
  answerError(response, isUnavailable(error) ? 503 : 500, masked);
  return masked;
}
