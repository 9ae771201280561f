import { addressKey, isBareAddress, pcnKey, personKey, requestIdKey, withAsciiDomain } from "../../../src/domain/keys";

/** Characters that become an ASCII letter in the other case, or several letters. */
const kelvin = "\u212A";
const longS = "\u017F";
const dotlessI = "\u0131";
const sharpS = "\u00DF";

test("a PCN is looked up trimmed and in upper case, of 1 to 32 characters", () => {
  expect(pcnKey("  ab-12 ")).toBe("AB-12");
  expect(pcnKey("x".repeat(32))).toBe("X".repeat(32));
  expect(pcnKey("\u{1F600}".repeat(32))).toBe("\u{1F600}".repeat(32));
  expect([pcnKey("x".repeat(33)), pcnKey(" "), pcnKey("")]).toEqual([null, null, null]);
});

test("keys fold ASCII letters and nothing else", () => {
  expect(addressKey(" Dana.Whitfield@NORTHLIGHT.example ")).toBe("dana.whitfield@northlight.example");
  expect(requestIdKey(" cocp-7k3m-9q2x ")).toBe("COCP-7K3M-9Q2X");
  for (const other of [kelvin, longS, dotlessI, sharpS, "\u00E9", "\u0130"]) {
    expect(pcnKey(other)).toBe(other);
    expect(requestIdKey(other)).toBe(other);
    expect(addressKey(other)).toBe(other);
  }
});

test("an address of a token that is not one bare ASCII address belongs to nobody", () => {
  const dana = "dana.whitfield@northlight.example";
  expect([dana, dana.toUpperCase(), ` ${dana}\n`].map(personKey)).toEqual([dana, dana, dana]);
  const others = [
    "",
    " ",
    "dana",
    `${kelvin}im.lee@harrowgate.example`,
    `${dana}\u0000`,
    `\u0000${dana}`,
    `\uFEFF${dana}`,
    `${dana}\u00A0`,
    `${dana}\u200B`,
    `\uD800${dana}`,
    `Dana <${dana}>`,
    `<${dana}>`,
    `${dana},${dana}`,
    `${dana}\r\nBcc: ${dana}`,
    `info@b\u00FCcher.example`,
    `${"x".repeat(250)}@northlight.example`,
  ];
  expect(others.map(personKey)).toEqual(others.map(() => null));
});

test("a bare address is no longer than email allows", () => {
  expect(isBareAddress(`${"x".repeat(64)}@northlight.example`)).toBe(true);
  expect(isBareAddress(`${"x".repeat(65)}@northlight.example`)).toBe(false);
});

test("a domain that is not ASCII is written as email needs it, and the part before the @ stays", () => {
  expect(withAsciiDomain("info@b\u00FCcher.example")).toBe("info@xn--bcher-kva.example");
  expect(withAsciiDomain("j\u00F6rg@b\u00FCcher.example")).toBe("j\u00F6rg@xn--bcher-kva.example");
  for (const other of [
    "Info@Books.Example",
    "info@xn--bcher-kva.example",
    "b\u00FCcher",
    "",
    "info@b\u00FC cher.example",
  ]) {
    expect(withAsciiDomain(other)).toBe(other);
  }
});
