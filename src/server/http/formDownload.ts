import type { IncomingMessage, ServerResponse } from "node:http";
import { fieldCosts } from "../execution/fieldCosts";
import { FormLinkExpiredError, type FormLinks, type FormTicket } from "../../services/forms/formLinks";
import { rejectedPoints, requestPoints, type RateLimits } from "../../services/rateLimits";
import { formFileName, readForm } from "../../services/forms/readForm";
import type { ReadViewer } from "../../services/directory/readViewer";
import type { ServiceContext } from "../../services/serviceContext";
import { isCharged } from "../execution/operationPipeline";
import { RequestError } from "../execution/operationRequest";
import type { ObservedOperation, OperationObserver } from "../observability/operationObserver";
import { requestIdIn } from "./requestId";
import type { Route } from "./route";
import type { ErrorResponses } from "./errorResponses";
import { answer } from "./responses";

/** Points of a form: as many as its digest costs, for which it is made, too. */
const formPoints = fieldCosts["CocpForm.sha256"]?.points ?? 0;

export interface FormDownloadOptions {
  /** The services for one person. */
  servicesFor(email: string): ServiceContext;
  readonly readViewer: ReadViewer;
  readonly links: FormLinks;
  readonly limits: Pick<RateLimits, "spendAt" | "payerFor">;
  addressOf(request: IncomingMessage): string;
  readonly observer: OperationObserver;
  readonly errorResponses: ErrorResponses;
}

/**
 * GET /forms/TOKEN: the PDF, for any client that has the link (CocpForm.downloadUrl). The person of the link pays for
 * it before anything is read. Rights and statuses are read again: 404 when there is no form any more, 410 when the
 * link has expired.
 */
export class FormDownload implements Route {
  readonly methods = ["GET", "HEAD"];
  readonly path = "/forms/";
  readonly #options: FormDownloadOptions;

  constructor(options: FormDownloadOptions) {
    this.#options = options;
  }

  /** Responds to every error itself: the server would log the path, which is a valid link. */
  readonly handle: Route["handle"] = async (request, response, url) => {
    const { observer, errorResponses, limits, addressOf } = this.#options;
    const observed = observer.begin("http", requestIdIn(response));
    observed.download = "form";
    const address = addressOf(request);
    try {
      await limits.spendAt(address, requestPoints);
      const ticket = await this.#open(url.pathname.slice(this.path.length));
      await this.#download(ticket, { address, response, observed });
    } catch (error) {
      observed.end(await errorResponses.send(response, error, observed.logger));
      if (isCharged(response.statusCode)) await limits.spendAt(address, rejectedPoints).catch(ignore);
    }
  };

  async #open(token: string): Promise<FormTicket> {
    try {
      const ticket = await this.#options.links.open(token);
      if (ticket === null) throw noForm();
      return ticket;
    } catch (error) {
      if (!(error instanceof FormLinkExpiredError)) throw error;
      const message = "This link has expired. Ask for a new one: CocpRequest.form.downloadUrl.";
      throw new RequestError("LINK_EXPIRED", message);
    }
  }

  async #download(
    { requestId, email, isOperations }: FormTicket,
    { address, response, observed }: { address: string; response: ServerResponse; observed: ObservedOperation },
  ): Promise<void> {
    const { servicesFor, readViewer, limits } = this.#options;
    const payer = limits.payerFor(email, address);
    await payer.payRequest();
    await payer.pay(formPoints);
    const viewer = await readViewer({ email, displayName: null, isOperations });
    observed.viewer = viewer;
    const file = await readForm(servicesFor(viewer.email), viewer, requestId);
    if (file === null) throw noForm();
    observed.end();
    answer(response, 200, "application/pdf", file, {
      "content-disposition": `attachment; filename="${formFileName(requestId)}"`,
      "content-security-policy": "default-src 'none'; sandbox",
      "referrer-policy": "no-referrer",
    });
  }
}

function noForm(): RequestError {
  return new RequestError("NOT_FOUND", "There is no form at this address.");
}

/** A budget that is exceeded here stops the next request. */
function ignore(): void {}
