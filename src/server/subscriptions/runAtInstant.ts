/**
 * Acts as soon as the clock has come to an instant, however it is set meanwhile. Returns the function that cancels it.
 *
 * Checks the clock every `lookEvery` milliseconds. A timer runs by another clock, which nobody sets and which stands still while
 * the machine is suspended; and it fires at once when it is set for more than 24.8 days.
 */
export function actAt(instant: Date, act: () => void, lookEvery = 5_000): () => void {
  const soon = () => setTimeout(look, Math.min(Math.max(instant.getTime() - Date.now(), 0), lookEvery));
  const look = () => {
    if (Date.now() >= instant.getTime()) act();
    else timer = soon();
  };
  let timer = soon();
  return () => clearTimeout(timer);
}
