/** Bounds what strangers can make us write into the log. */
export interface LineBudget {
  /** Whether a line may be written now. */
  take(): boolean;
}

/** At most `perSecond` lines a second; `told` learns how many were left out, once they are fewer again. */
export function createLineBudget(perSecond: number, told: (leftOut: number) => void): LineBudget {
  let second = 0;
  let taken = 0;
  return {
    take() {
      const now = Math.floor(performance.now() / 1_000);
      if (now !== second) {
        if (taken > perSecond) told(taken - perSecond);
        second = now;
        taken = 0;
      }
      taken += 1;
      return taken <= perSecond;
    },
  };
}
