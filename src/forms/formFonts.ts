import { openSync, type Font } from "fontkit";

declare global {
  namespace PDFKit.Mixins {
    /** pdfkit takes parsed fonts and scopes since 0.20; its types do not say so yet. */
    interface PDFFont {
      registerFont(name: string, font: Font): this;
    }
    interface StructureElementOptions {
      scope?: "Column" | "Row";
    }
  }
}

/** Noto Sans, parsed once a process: parsing takes longer than a whole form. */
export const formFonts = {
  regular: parse(require.resolve("@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf")),
  bold: parse(require.resolve("@expo-google-fonts/noto-sans/600SemiBold/NotoSans_600SemiBold.ttf")),
};

function parse(file: string): Font {
  const font = openSync(file);
  if (!("characterSet" in font)) throw new Error(`${file} is a collection of fonts`);
  return font;
}

/** Replacement of a character that the fonts do not have. */
export const replacement = "\uFFFD";

/** Characters of the basic plane only: pdfkit breaks long words between the halves of others. */
const covered = new Set(
  formFonts.regular.characterSet.filter(
    (code) => code >= 0x20 && code <= 0xffff && formFonts.bold.hasGlyphForCodePoint(code),
  ),
);

/**
 * A text as the form can print it: on one line, without invisible characters (those that turn the direction of writing
 * included), and with a visible � for each character that the fonts do not have, such as emoji, Hebrew or Chinese.
 */
export function printable(text: string): string {
  const visible = text
    .normalize("NFC")
    .replace(/\p{Cf}/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
  return Array.from(visible, (character) =>
    covered.has(character.codePointAt(0) ?? 0) ? character : replacement,
  ).join("");
}

/** Cuts a text to at most `length` characters, with a visible mark. */
export function shortened(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
