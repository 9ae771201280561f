/** Closes opened resources in reverse order: at a stop, or when a later step of a start fails. */
export class Cleanup {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#steps.push(close);
  }

  /**
   * Closes everything once. A step that fails does not keep the others from being done; the first error is thrown at
   * the end.
   */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#steps.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** Runs the steps of a start. When one fails, what was opened is closed, and the step's error is thrown. */
export async function startOrCleanUp<Result>(start: (cleanup: Cleanup) => Promise<Result>): Promise<Result> {
  const cleanup = new Cleanup();
  try {
    return await start(cleanup);
  } catch (error) {
    await cleanup.run().catch(() => undefined); // the start's error is the one to report
    throw error;
  }
}
