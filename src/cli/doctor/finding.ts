/** The result of a check. Without `problem` it passed. */
export interface Finding {
  readonly what: string;
  readonly problem: string | null;
  /** The fix, in the imperative. */
  readonly cure?: string;
  /** Whether the service works nevertheless, or will after the usual next step. */
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

/** The line of a result. */
export function toLine({ what, problem, cure, isWarning = false }: Finding): string {
  if (problem === null) return `ok      ${what}`;
  return `${isWarning ? "warning" : "FAILED "} ${what}: ${problem}. Cure: ${cure}`;
}
