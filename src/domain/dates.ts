/** Arithmetic in UTC: a day is 24 hours, a LocalDate is an ISO 8601 calendar date such as 2027-02-20. */
export type LocalDate = string;

const hour = 3_600_000;

/** The instant `days` times 24 hours later. */
export function addDays(instant: Date, days: number): Date {
  return addHours(instant, days * 24);
}

export function addHours(instant: Date, hours: number): Date {
  return new Date(instant.getTime() + hours * hour);
}

/** The calendar date that an instant falls on in UTC. */
export function utcDate(instant: Date): LocalDate {
  return instant.toISOString().slice(0, 10);
}

/** The first instant of a calendar date in UTC. */
export function startOfDate(date: LocalDate): Date {
  return new Date(`${date}T00:00:00.000Z`);
}

/** The later one of two calendar dates. */
export function latestDate(first: LocalDate, second: LocalDate): LocalDate {
  return first > second ? first : second;
}

export function latest(first: Date, second: Date): Date {
  return first > second ? first : second;
}
