/** Limits the lines that clients can cause in the log. Keeps a fixed number for each second. */
export class LogLineLimit {
  readonly #perSecond: number;
  readonly #reportOmitted: (count: number) => void;
  #second = 0;
  #requested = 0;

  /** `reportOmitted` is called with the number of omitted lines, in a later second. */
  constructor(perSecond: number, reportOmitted: (count: number) => void = () => {}) {
    this.#perSecond = perSecond;
    this.#reportOmitted = reportOmitted;
  }

  /** Whether another line may be written now. */
  take(): boolean {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) {
      if (this.#requested > this.#perSecond) this.#reportOmitted(this.#requested - this.#perSecond);
      this.#second = second;
      this.#requested = 0;
    }
    this.#requested += 1;
    return this.#requested <= this.#perSecond;
  }
}
