import "reflect-metadata"; // what type-graphql's decorators write to
import { GraphQLError, GraphQLScalarType, valueFromASTUntyped, type ValueNode } from "graphql";
import { GraphQLDateTime, GraphQLLocalDate } from "graphql-scalars";

/** An instant: `Date` in the code, ISO 8601 in UTC with milliseconds and a trailing Z on the wire. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: "DateTime",
  description:
    "An instant in UTC, ISO 8601 with a trailing Z, millisecond precision: `2026-11-22T09:30:00.000Z`. " +
    "As input another offset (`+01:00`) and fewer decimals are understood; what is finer than a millisecond is cut off.",
  serialize: (value) => (value instanceof Date ? value : GraphQLDateTime.serialize(value)).toISOString(),
  parseValue: (value) => toInstant(value),
  parseLiteral: (node) => toInstant(valueFromASTUntyped(node), node),
});

/** A calendar date: a string such as 2027-02-20 in the code and on the wire. */
export const LocalDate = new GraphQLScalarType<string, string>({
  name: "LocalDate",
  description: "A calendar date in UTC, ISO 8601: `2027-02-20`. It begins at 00:00:00 UTC.",
  serialize: String, // a day already: what comes in is checked, and PostgreSQL holds nothing else
  parseValue: (value) => toDay(value),
  parseLiteral: (node) => toDay(valueFromASTUntyped(node), node),
});

function toInstant(value: unknown, nodes?: ValueNode): Date {
  const instant = parsed(() => GraphQLDateTime.parseValue(value));
  if (instant !== null && hasFourDigitYear(instant.toISOString())) return instant;
  const message = "DateTime must be an instant in the years 0001 to 9999, such as 2026-11-22T09:30:00.000Z.";
  throw new GraphQLError(message, { nodes });
}

function toDay(value: unknown, nodes?: ValueNode): string {
  const day = parsed(() => GraphQLLocalDate.parseValue(value));
  if (day !== null && hasFourDigitYear(day)) return day;
  const message = "LocalDate must be a day of the calendar in the years 0001 to 9999, such as 2027-02-20.";
  throw new GraphQLError(message, { nodes });
}

function parsed<Value>(parse: () => Value): Value | null {
  try {
    return parse();
  } catch {
    return null;
  }
}

/** PostgreSQL has no year 0000, and writes years beyond 9999 otherwise than ISO 8601. */
function hasFourDigitYear(isoText: string): boolean {
  return /^\d{4}-/.test(isoText) && !isoText.startsWith("0000");
}
