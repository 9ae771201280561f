/** "fast" is `npm test`. */
export type Suite = "fast" | "system" | "soak";

export interface HostileCase {
  readonly id: string;
  /** Suites that prove it. */
  readonly suites: readonly Suite[];
  /** Transports that it applies to. */
  readonly over: readonly string[];
  /** What proves it; a folder ends in "/". */
  readonly files: readonly string[];
  /** Of the test there, if it does not begin with the id. */
  readonly title: string | null;
}

/** The suite that runs a file, or all of a folder. */
export function suiteOf(file: string): Suite;

/** The cases of the catalogue of hostile cases, test/hostile/catalogue.md. */
export function readCatalogue(): HostileCase[];
