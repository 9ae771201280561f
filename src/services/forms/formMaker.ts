import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { FormFacts } from "../../forms/formFacts";
import { FormThread, type FormThreadOptions } from "../../forms/formThread";
import { ConcurrencyLimit } from "../concurrencyLimit";

export interface FormMakerOptions extends FormThreadOptions {
  /** Forms that may wait in this process; 250 if absent. */
  readonly maxWaiting?: number;
  /** Forms of one person that may wait in this process; 25 if absent. */
  readonly maxWaitingPerPerson?: number;
}

/**
 * Makes forms, one at a time in a process, and people take part round robin: a person's many forms delay another's
 * form by one. `person` is the viewer's email address.
 */
export class FormMaker {
  readonly #thread: FormThread;
  readonly #limit: ConcurrencyLimit;
  /** Digests by the digest of the facts, since the same facts give the same bytes. */
  readonly #digests = new LRUCache<string, string>({ max: 5_000 });
  /** Pending digests by the digest of the facts and the person: nobody waits for the form of another person. */
  readonly #pending = new Map<string, Promise<string>>();

  constructor(options: FormMakerOptions = {}) {
    const { maxWaiting = 250, maxWaitingPerPerson = 25 } = options;
    this.#thread = new FormThread(options);
    this.#limit = new ConcurrencyLimit({ max: 1, maxWaiting, maxWaitingPerKey: maxWaitingPerPerson });
  }

  /**
   * Returns a form as a file. Throws RateLimitedError when too many forms of this person wait, UnavailableError when
   * too many wait in total.
   */
  async make(person: string, facts: FormFacts): Promise<Buffer> {
    return await this.#limit.run(person, () => this.#thread.render(facts));
  }

  /** Returns the SHA-256 of a form in hexadecimal digits. Makes the form for it once. Throws as `make` does. */
  async digest(person: string, facts: FormFacts): Promise<string> {
    const key = sha256(JSON.stringify(facts));
    const known = this.#digests.get(key);
    if (known !== undefined) return known;
    const pendingKey = `${key} ${person}`;
    const digest = this.#pending.get(pendingKey) ?? this.#limit.run(person, () => this.#makeDigest(key, facts));
    this.#pending.set(pendingKey, digest);
    try {
      return await digest;
    } finally {
      this.#pending.delete(pendingKey);
    }
  }

  /** Ends the thread. Forms that wait or are being made fail. */
  async stop(): Promise<void> {
    this.#limit.stop();
    await this.#thread.stop();
  }

  async #makeDigest(key: string, facts: FormFacts): Promise<string> {
    const digest = this.#digests.get(key) ?? sha256(await this.#thread.render(facts));
    this.#digests.set(key, digest);
    return digest;
  }
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
