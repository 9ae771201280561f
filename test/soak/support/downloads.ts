import { setTimeout as pause } from "node:timers/promises";
import { ask } from "./ask";
import type { Installation } from "./installation";

/** How downloads of forms ended. */
export interface Downloads {
  readonly counts: Record<"whole" | "gone" | "unavailable" | "cut", number>;
  /** Answers that tell the client neither to try again nor that the form is gone. */
  readonly faults: string[];
}

const links = "{ cocpRecords(last: 20) { nodes { request { form { downloadUrl } } } } }";

/** Downloads the newest forms of a person, one after the other, until it is aborted. */
export async function downloadForms(
  installation: Installation,
  email: string,
  { counts, faults }: Downloads,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await pause(100 + Math.random() * 400);
    const { cocpRecords } = await ask(installation, email, links);
    const urls: (string | undefined)[] = cocpRecords.nodes.map(
      ({ request }: { request: { form: { downloadUrl: string } | null } }) => request.form?.downloadUrl,
    );
    const url = urls.findLast((found) => found !== undefined);
    if (url === undefined) continue;
    const outcome = await download(url);
    if (outcome in counts) counts[outcome as keyof typeof counts] += 1;
    else faults.push(outcome);
  }
}

/** What became of it: a word for what may happen in trouble, else what is wrong. */
async function download(url: string): Promise<keyof Downloads["counts"] | (string & {})> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
    if (response.status === 404) return "gone";
    const body = Buffer.from(await response.arrayBuffer());
    if (response.status === 200) return isWholePdf(body) ? "whole" : `an incomplete form of ${body.length} bytes`;
    const isRetryable = response.status === 503 && response.headers.has("retry-after");
    return isRetryable ? "unavailable" : `${response.status}: ${body.toString().slice(0, 200)}`;
  } catch (error) {
    return error instanceof DOMException ? `no end: ${error.message}` : "cut";
  }
}

const isWholePdf = (body: Buffer) =>
  body.subarray(0, 5).toString() === "%PDF-" && body.subarray(-8).toString().includes("%%EOF");
