/** Characters of a caller's text that a message repeats at most. */
const maxRepeated = 100;

/** Returns a caller's text for a message: a longer one is cut at 100 characters (UTF-16) and ends with an ellipsis. */
export function cutText(text: string): string {
  if (text.length <= maxRepeated) return text;
  return `${text.slice(0, maxRepeated).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
