import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";

/** An event loop whose time passes only while something works, or while it waits for a timer. For tests of pure units. */
export interface VirtualLoop {
  /** Keeps the loop busy. */
  work(milliseconds: number): void;
  /** Milliseconds that passed since the beginning, and those of them without work. */
  now(): number;
  idle(): number;
  /** Turns the loop until the work is done. */
  run(work: Promise<unknown>): Promise<void>;
  stop(): void;
}

/** Takes the place of the timers, of `performance.now` and of `performance.eventLoopUtilization` until it is stopped. */
export function startVirtualLoop(): VirtualLoop {
  let [busy, idle] = [0, 0];
  jest.useFakeTimers({ doNotFake: ["performance", "Date", "nextTick", "queueMicrotask", "setImmediate"] });
  const now = jest.spyOn(performance, "now").mockImplementation(() => busy + idle);
  const utilization = jest.spyOn(performance, "eventLoopUtilization").mockImplementation((since) => ({
    active: busy - (since?.active ?? 0),
    idle: idle - (since?.idle ?? 0),
    utilization: 0,
  }));
  return {
    work: (milliseconds) => void (busy += milliseconds),
    now: () => busy + idle,
    idle: () => idle,
    async run(work) {
      let isDone = false;
      void work.finally(() => (isDone = true));
      for (await nextTurn(); !isDone; await nextTurn()) {
        if (jest.getTimerCount() === 0) continue;
        idle += 1;
        await jest.advanceTimersByTimeAsync(1);
      }
      await work;
    },
    stop() {
      now.mockRestore();
      utilization.mockRestore();
      jest.useRealTimers();
    },
  };
}
