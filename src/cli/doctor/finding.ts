/** What was found of one thing: fine when there is no problem. */
export interface Finding {
  readonly what: string;
  readonly problem: string | null;
  /** What to do about it, in the imperative. */
  readonly cure?: string;
  /** The service works all the same, or will once somebody has done what is usual. */
  readonly isWarning?: boolean;
}

export function ok(what: string): Finding {
  return { what, problem: null };
}

export function failed(what: string, problem: string, cure: string): Finding {
  return { what, problem, cure };
}

export function warning(what: string, problem: string, cure: string): Finding {
  return { what, problem, cure, isWarning: true };
}

/** The line that tells of it. */
export function toLine({ what, problem, cure, isWarning = false }: Finding): string {
  if (problem === null) return `ok      ${what}`;
  return `${isWarning ? "warning" : "FAILED "} ${what}: ${problem}. Cure: ${cure}`;
}
