/**
 * Calls `act` when the clock reaches an instant, even if the clock is set meanwhile. Returns the function that
 * cancels it.
 *
 * Checks the clock every `checkInterval` milliseconds. One timer would not do: timers stand still while the machine
 * is suspended, and a timer of more than 24.8 days fires at once.
 */
export function runAtInstant(instant: Date, act: () => void, checkInterval = 5_000): () => void {
  const startTimer = () => setTimeout(check, Math.min(Math.max(instant.getTime() - Date.now(), 0), checkInterval));
  const check = () => {
    if (Date.now() >= instant.getTime()) act();
    else timer = startTimer();
  };
  let timer = startTimer();
  return () => clearTimeout(timer);
}
