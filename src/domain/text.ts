import { CocpError } from "./errors";
import { isBareAddress, withAsciiDomain } from "./keys";
import { isVisible, unseenCharacter } from "./visibleText";

/** Characters in a first or last name (docs/domain.md, "Terms and signature"). */
const maxNameLength = 100;
/** Characters in a note. */
export const maxNoteLength = 1000;

export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** Returns a name trimmed and in NFC. Throws INVALID_NAME when it is blank, too long or has invisible characters. */
export function checkName(name: string, what: string, field: readonly string[]): string {
  const trimmed = name.trim().normalize("NFC");
  const length = Array.from(trimmed).length;
  if (length === 0) throw new CocpError("INVALID_NAME", `Enter the ${what} of the person who signs.`, field);
  if (length > maxNameLength) {
    throw new CocpError("INVALID_NAME", `The ${what} has ${length} characters; at most ${maxNameLength} fit.`, field);
  }
  verifyVisible(trimmed, what, field);
  if (!isVisible(trimmed)) throw new CocpError("INVALID_NAME", `The ${what} has no visible character.`, field);
  return trimmed;
}

/** Returns a case number, possibly blank, trimmed and in NFC. Throws INVALID_NAME for invisible characters. */
export function checkCaseNumber(caseNumber: string, field: readonly string[]): string {
  const trimmed = caseNumber.trim().normalize("NFC");
  verifyVisible(trimmed, "case number", field);
  return trimmed;
}

function verifyVisible(text: string, what: string, field: readonly string[]): void {
  const character = unseenCharacter(text);
  if (character === null) return;
  throw new CocpError("INVALID_NAME", `The ${what} has the invisible character ${character}. Leave it out.`, field);
}

/** Returns a note trimmed; null when it is absent or blank. Throws TEXT_TOO_LONG. */
export function checkNote(note: string | null | undefined, field: readonly string[]): string | null {
  const trimmed = note?.trim() ?? "";
  const length = Array.from(trimmed).length;
  if (length > maxNoteLength) {
    throw new CocpError("TEXT_TOO_LONG", `The note has ${length} characters; at most ${maxNoteLength} fit.`, field);
  }
  return trimmed === "" ? null : trimmed;
}

/** Returns one bare email address, trimmed. Throws INVALID_EMAIL for a display name, a list or a line break. */
export function checkEmail(address: string, field: readonly string[]): string {
  const bare = withAsciiDomain(address.trim());
  if (isBareAddress(bare)) return bare;
  const message = /^[ -~]*$/.test(bare)
    ? "Enter one e-mail address such as kim.lee@partner.example, without a name, brackets or a second address."
    : "Enter one e-mail address such as kim.lee@partner.example. The part before the @ must be ASCII.";
  throw new CocpError("INVALID_EMAIL", message, field);
}

/** A text that PostgreSQL and JSON can hold as it is: no NUL, no lone surrogate. */
export function isStorable(text: string): boolean {
  return !text.includes("\u0000") && text.isWellFormed();
}
