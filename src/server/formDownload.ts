import type { ServerResponse } from "node:http";
import type { Logger } from "../logger";
import { maskError } from "../resolvers/maskError";
import { isUnavailable } from "../services/availability";
import { FormLinkExpiredError, type FormLinks, type FormTicket } from "../services/formLinks";
import { formFileName, readForm } from "../services/readForm";
import { readViewer } from "../services/readViewer";
import type { ServiceContext } from "../services/serviceContext";
import { answer, answerError } from "./answers";
import type { Route } from "./routes";

const path = "/forms/";

/**
 * GET /forms/TOKEN: the PDF, to whoever has the link (CocpForm.downloadUrl). The person's rights and the records' statuses
 * are looked at again: 404 when there is no form for it any more, 410 when the link has run out.
 */
export function createFormDownload(services: ServiceContext, links: FormLinks, logger: Logger): Route {
  return {
    methods: ["GET", "HEAD"],
    path,
    async handle(_request, response, url) {
      try {
        await download(services, links, url.pathname.slice(path.length), response);
      } catch (error) {
        refuse(response, error, logger);
      }
    },
  };
}

async function download(
  services: ServiceContext,
  links: FormLinks,
  token: string,
  response: ServerResponse,
): Promise<void> {
  const ticket = await links.open(token);
  const form = ticket && (await formFor(services, ticket));
  if (form === null) return answerError(response, 404, { message: "There is no form at this address." });
  answer(response, 200, "application/pdf", form.file, {
    "content-disposition": `attachment; filename="${form.fileName}"`,
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
  });
}

async function formFor(services: ServiceContext, { requestId, email, isOperations }: FormTicket) {
  await services.clock.refresh();
  const viewer = await readViewer(services, { email, displayName: null, isOperations });
  const file = await readForm(services, viewer, requestId);
  return file && { file, fileName: formFileName(requestId) };
}

/** Every error is told here: the server would log the path of one that it gets, and with it a link that works. */
function refuse(response: ServerResponse, error: unknown, logger: Logger): void {
  if (error instanceof FormLinkExpiredError) {
    return answerError(response, 410, {
      message: "This link has run out. Ask for a new one: CocpRequest.form.downloadUrl.",
    });
  }
  answerError(response, isUnavailable(error) ? 503 : 500, maskError({ message: "" }, error, logger));
}
