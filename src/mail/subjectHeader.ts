/** Bytes of UTF-8 in one encoded word: 75 characters at most, its frame included (RFC 2047, section 2). */
const maxBytes = 45;

/**
 * The value of a Subject header that every mail program shows as `subject`. A name may look like an encoded word,
 * such as `=?utf-8?q?Paid?=`, and would be decoded into other words: then all of the subject is encoded.
 */
export function subjectHeader(subject: string): string | { readonly prepared: true; readonly value: string } {
  if (!subject.includes("=?")) return subject;
  return { prepared: true, value: chunksOf(subject).map(encodedWord).join("\r\n ") };
}

function encodedWord(text: string): string {
  return `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;
}

/** The text in parts of at most `maxBytes`, none of which ends within a character. */
function chunksOf(text: string): string[] {
  const chunks = [""];
  for (const character of text) {
    const grown = `${chunks.at(-1) ?? ""}${character}`;
    if (Buffer.byteLength(grown) <= maxBytes) chunks[chunks.length - 1] = grown;
    else chunks.push(character);
  }
  return chunks;
}
