export interface HostileCase {
  readonly id: string;
  /** Transports that it applies to. */
  readonly over: readonly string[];
  /** What proves it; a folder ends in "/". */
  readonly files: readonly string[];
  /** Of the test there, if it does not begin with the id. */
  readonly title: string | null;
}

export function readCatalogue(): HostileCase[];
