import { readPdf } from "./readPdf";
import type { TestApi } from "./testApi";

/** The text of the form that a person may download of a request; null when it is offered none. */
export async function formText(api: TestApi, email: string, requestId: string): Promise<string | null> {
  const query = "query ($requestId: String!) { cocpRequest(requestId: $requestId) { form { downloadUrl } } }";
  const { cocpRequest } = await api.data(email, query, { requestId });
  if (!cocpRequest?.form) return null;
  // The API of a test listens on a port of its own, not at its PUBLIC_URL.
  const response = await fetch(cocpRequest.form.downloadUrl.replace(api.config.publicUrl, api.url));
  return (await readPdf(Buffer.from(await response.arrayBuffer()))).pages.join("\n");
}
