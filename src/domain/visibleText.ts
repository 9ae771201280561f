/**
 * Names, keys and case numbers are printed and compared by people: they hold no character that nobody sees or that turns the
 * direction of the text around it. Texts of several sentences, such as notes, are stored as given: see mail/harmlessText.ts.
 */

/** Controls, formats, private and unassigned characters, separators of lines, and the letters that are blank. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115F\u1160\u2800\u3164\uFFA0]/u;
/** ZWNJ and ZWJ change how the letters on both sides of them are drawn: some languages need them. */
const joinersOfLetters = /(?<=[\p{L}\p{M}])[\u200C\u200D](?=[\p{L}\p{M}])/gu;
const mark = /[\p{L}\p{N}\p{P}\p{S}]/u;
const printableAscii = /^[!-~][ -~]*$/;

/** The first character of a name that nobody sees, as `U+202E`; null when there is none. */
export function unseenCharacter(text: string): string | null {
  if (printableAscii.test(text)) return null;
  const found = unseen.exec(text.replace(joinersOfLetters, ""))?.[0].codePointAt(0);
  return found === undefined ? null : `U+${found.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Whether a text has a letter or another mark that is seen. */
export function isVisible(text: string): boolean {
  return printableAscii.test(text) || mark.test(text);
}

/** Whether a name is trimmed, in NFC, visible, and without characters that nobody sees. */
export function isCanonicalName(text: string): boolean {
  return text === text.trim().normalize("NFC") && isVisible(text) && unseenCharacter(text) === null;
}
