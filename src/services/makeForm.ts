import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { FormFacts } from "../forms/formFacts";
import { renderForm } from "../forms/renderForm";
import { UnavailableError } from "./availability";
import { createTurns } from "./turns";

/** Forms that may wait for their turn in this process. */
const mostWaiting = 100;

const inTurn = createTurns(1);
let waiting = 0;

/**
 * A form as a file. One is made at a time in a process: it takes tens of milliseconds of the event loop, in pieces, and many at
 * once would leave others a small part of it. Throws UnavailableError when too many wait already.
 */
export async function makeForm(facts: FormFacts): Promise<Buffer> {
  if (waiting >= mostWaiting) throw new UnavailableError("Too many forms are asked for at once");
  waiting += 1;
  try {
    return await inTurn(() => renderForm(facts));
  } finally {
    waiting -= 1;
  }
}

/** Digests of forms by that of their facts, since the same facts give the same bytes; those that are being made, too. */
const digests = new LRUCache<string, Promise<string>>({ max: 5_000 });

/** SHA-256 of a form in hexadecimal digits. The form is made for it, once. Throws as `makeForm`. */
export async function digestOfForm(facts: FormFacts): Promise<string> {
  const key = sha256(JSON.stringify(facts));
  const known = digests.get(key);
  if (known !== undefined) return await known;
  const digest = makeForm(facts).then(sha256);
  digests.set(key, digest);
  digest.catch(() => digests.delete(key));
  return await digest;
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
