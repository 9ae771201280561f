import type { LocalDate } from "../domain/dates";

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** A calendar date such as "20 February 2027". By hand: what Intl writes may change with the version of Node. */
export function formDate(date: LocalDate): string {
  const [year, month, day] = date.split("-");
  return `${Number(day)} ${months[Number(month) - 1]} ${year}`;
}

/** An instant such as "3 December 2026, 14:05:27 UTC". */
export function formInstant(instant: Date): string {
  const [date = "", time = ""] = instant.toISOString().split("T");
  return `${formDate(date)}, ${time.slice(0, 8)} UTC`;
}
