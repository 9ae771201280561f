/** SQL of a check that a text column holds one of an enumeration's names. */
export function oneOf(column: string, enumeration: Readonly<Record<string, string>> | readonly string[]): string {
  const names: readonly string[] = Array.isArray(enumeration) ? enumeration : Object.keys(enumeration);
  return `${column} IN (${names.map((name) => `'${name}'`).join(", ")})`;
}
