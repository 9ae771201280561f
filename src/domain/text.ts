import { CocpError } from "./errors";
import { isBareAddress, withAsciiDomain } from "./keys";
import { isVisible, unseenCharacter } from "./visibleText";

/** Characters in a first or last name (domain: "Terms, signature, form"). */
const maxNameLength = 100;
/** Characters in a note. */
export const maxNoteLength = 1000;

export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** A first or last name, trimmed, in NFC. Throws INVALID_NAME when it is blank, too long or holds characters that nobody sees. */
export function checkName(name: string, what: string, field: readonly string[]): string {
  const trimmed = name.trim().normalize("NFC");
  const length = Array.from(trimmed).length;
  if (length === 0) throw new CocpError("INVALID_NAME", `Enter the ${what} of the person who signs.`, field);
  if (length > maxNameLength) {
    throw new CocpError("INVALID_NAME", `The ${what} has ${length} characters; at most ${maxNameLength} fit.`, field);
  }
  verifySeen(trimmed, what, field);
  if (!isVisible(trimmed)) throw new CocpError("INVALID_NAME", `The ${what} has no visible character.`, field);
  return trimmed;
}

/** A case number, trimmed, in NFC; blank ones too. Throws INVALID_NAME when it holds characters that nobody sees. */
export function checkCaseNumber(caseNumber: string, field: readonly string[]): string {
  const trimmed = caseNumber.trim().normalize("NFC");
  verifySeen(trimmed, "case number", field);
  return trimmed;
}

function verifySeen(text: string, what: string, field: readonly string[]): void {
  const character = unseenCharacter(text);
  if (character === null) return;
  throw new CocpError(
    "INVALID_NAME",
    `The ${what} holds ${character}, a character that nobody sees: leave it out.`,
    field,
  );
}

/** A note, trimmed; null when absent or blank. Throws TEXT_TOO_LONG. */
export function checkNote(note: string | null | undefined, field: readonly string[]): string | null {
  const trimmed = note?.trim() ?? "";
  const length = Array.from(trimmed).length;
  if (length > maxNoteLength) {
    throw new CocpError("TEXT_TOO_LONG", `The note has ${length} characters; at most ${maxNoteLength} fit.`, field);
  }
  return trimmed === "" ? null : trimmed;
}

/** One bare e-mail address, trimmed: no display name, list or line break. Throws INVALID_EMAIL. */
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
