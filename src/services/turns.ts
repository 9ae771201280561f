/** Does a piece of work in its turn. Who asks for it is of account where somebody may have only so many at once. */
export type InTurn = <Result>(work: () => Promise<Result>, who?: string) => Promise<Result>;

/** Lets so many pieces of work run at once, so many of them for one who asks; the others wait for their turn, first come first served. */
export function createTurns(count: number, countOfEach = count): InTurn {
  const waiting: { readonly who: string; begin(): void }[] = [];
  const running = new Map<string, number>();
  let free = count;

  const mayRun = (who: string) => free > 0 && (running.get(who) ?? 0) < countOfEach;

  function begin(who: string): void {
    free -= 1;
    running.set(who, (running.get(who) ?? 0) + 1);
  }

  function end(who: string): void {
    free += 1;
    const left = (running.get(who) ?? 0) - 1;
    if (left > 0) running.set(who, left);
    else running.delete(who);
    const index = waiting.findIndex((one) => mayRun(one.who));
    const [next] = index < 0 ? [] : waiting.splice(index, 1);
    if (next === undefined) return;
    begin(next.who);
    next.begin();
  }

  return async (work, who = "") => {
    if (mayRun(who)) begin(who);
    else await new Promise<void>((resolve) => waiting.push({ who, begin: resolve }));
    try {
      return await work();
    } finally {
      end(who);
    }
  };
}
