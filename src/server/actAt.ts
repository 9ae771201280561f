/**
 * Milliseconds after which the clock is looked at again. A timer runs by another one, which nobody sets and which stands still
 * while the machine is suspended; and it fires at once when it is set for more than 24.8 days.
 */
const lookEvery = 5_000;

/** Acts as soon as the clock has come to an instant, however it is set meanwhile. Gives the function that calls it off. */
export function actAt(instant: Date, act: () => void): () => void {
  const soon = () => setTimeout(look, Math.min(Math.max(instant.getTime() - Date.now(), 0), lookEvery));
  const look = () => {
    if (Date.now() >= instant.getTime()) act();
    else timer = soon();
  };
  let timer = soon();
  return () => clearTimeout(timer);
}
