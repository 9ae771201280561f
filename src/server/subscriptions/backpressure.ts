import type { Deliver } from "./subscriptionResponses";

/** How a client is written to. */
export interface Outlet {
  /** Writes an answer; `written` is called when it was taken, or won't be any more. */
  write(answer: Buffer, written: () => void): void;
  /** Whether something waits for the client to read. */
  isBackedUp(): boolean;
}

/** Writes one after the other while nothing waits for the client; when something does, no more until all of it was taken. */
export function paced({ write, isBackedUp }: Outlet): Deliver {
  let unwritten = 0;
  let goOn = () => {};
  const written = () => {
    unwritten -= 1;
    if (unwritten === 0) goOn();
  };
  return (answer) => {
    unwritten += 1;
    write(answer, written);
    if (!isBackedUp()) return null;
    return new Promise((resolve) => {
      goOn = resolve;
    });
  };
}
