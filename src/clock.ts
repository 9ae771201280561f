/** The service's clock: every rule reads the time from here. */
export interface Clock {
  now(): Date;
  /** Looks whether the clock was moved meanwhile (sandbox): at the start of each request, event and job. */
  refresh(): Promise<void>;
}

export const systemClock: Clock = { now: () => new Date(), refresh: async () => {} };
