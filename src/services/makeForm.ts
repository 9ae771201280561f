import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { FormFacts } from "../forms/formFacts";
import { FormThread, type FormThreadOptions } from "../forms/formThread";
import { UnavailableError } from "./availability";
import { createTurns } from "./turns";

export interface FormMakerOptions extends FormThreadOptions {
  /** Forms that may wait in this process, the one in hand included; 100 if absent. */
  readonly mostWaiting?: number;
}

/** Makes forms, one at a time in a process. Both throw UnavailableError when too many wait already. */
export interface FormMaker {
  /** A form as a file. */
  make(facts: FormFacts): Promise<Buffer>;
  /** SHA-256 of a form in hexadecimal digits. The form is made for it, once. */
  digest(facts: FormFacts): Promise<string>;
  stop(): Promise<void>;
}

export function createFormMaker(options: FormMakerOptions = {}): FormMaker {
  const { mostWaiting = 100 } = options;
  const thread = new FormThread(options);
  const inTurn = createTurns(1);
  let waiting = 0;
  /** By the digest of the facts, since the same facts give the same bytes; those that are being made, too. */
  const digests = new LRUCache<string, Promise<string>>({ max: 5_000 });

  async function make(facts: FormFacts): Promise<Buffer> {
    if (waiting >= mostWaiting) throw new UnavailableError("Too many forms are asked for at once");
    waiting += 1;
    try {
      return await inTurn(() => thread.render(facts));
    } finally {
      waiting -= 1;
    }
  }

  return {
    make,
    async digest(facts) {
      const key = sha256(JSON.stringify(facts));
      const known = digests.get(key);
      if (known !== undefined) return await known;
      const digest = make(facts).then(sha256);
      digests.set(key, digest);
      digest.catch(() => digests.delete(key));
      return await digest;
    },
    stop: () => thread.stop(),
  };
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
