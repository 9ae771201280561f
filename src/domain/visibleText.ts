/**
 * Names, keys and case numbers are printed and compared by people, so they hold no invisible character and none that
 * changes the direction of text. Notes are stored as given: see mail/harmlessText.ts.
 */

/** Control, format, private and unassigned characters, line separators, and blank letters. */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115F\u1160\u2800\u3164\uFFA0]/u;
/** ZWNJ and ZWJ change how the letters on both sides of them are drawn: some languages need them. */
const joinersOfLetters = /(?<=[\p{L}\p{M}])[\u200C\u200D](?=[\p{L}\p{M}])/gu;
const mark = /[\p{L}\p{N}\p{P}\p{S}]/u;
const printableAscii = /^[!-~][ -~]*$/;

/** Returns the first invisible character of a name, such as `U+202E`, or null. */
export function unseenCharacter(text: string): string | null {
  if (printableAscii.test(text)) return null;
  const found = invisible.exec(text.replace(joinersOfLetters, ""))?.[0].codePointAt(0);
  return found === undefined ? null : `U+${found.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Whether a text has a visible character. */
export function isVisible(text: string): boolean {
  return printableAscii.test(text) || mark.test(text);
}

/** Whether a name is trimmed, in NFC, visible, and without characters that nobody sees. */
export function isCanonicalName(text: string): boolean {
  return text === text.trim().normalize("NFC") && isVisible(text) && unseenCharacter(text) === null;
}
