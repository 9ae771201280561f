import {
  addressKey,
  fileNameKey,
  isBareAddress,
  isCanonical,
  pcnKey,
  personKey,
  requestIdKey,
  withAsciiDomain,
  type StoredText,
} from "../../../src/domain/keys";

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

test("a key is one key in composed and decomposed form", () => {
  expect(pcnKey("caf\u0065\u0301")).toBe("CAF\u00E9");
  expect(pcnKey("\uFF30CN-1")).toBe("\uFF30CN-1");
});

test("a domain in look-alikes of ASCII letters is not that domain", () => {
  for (const domain of [
    `${kelvin}elvin.example`,
    "harrowgate.e\uFF58ample",
    `harrowgate.example\u3002example`,
    `b\u00FCcher${kelvin}.example`,
    `ga${longS}.example`,
    "harrow\u200Bgate.example",
  ]) {
    expect(withAsciiDomain(`kim@${domain}`)).toBe(`kim@${domain}`);
    expect(isBareAddress(withAsciiDomain(`kim@${domain}`))).toBe(false);
  }
  expect(withAsciiDomain("kim@bu\u0308cher.example")).toBe("kim@xn--bcher-kva.example");
});

test("file names are compared without ASCII case", () => {
  expect(fileNameKey("Billing_ACCOUNTS.csv")).toBe("billing_accounts.csv");
  expect(fileNameKey(`boo${kelvin}.csv`)).toBe(`boo${kelvin}.csv`);
});

test("a stored text is canonical when today's rules would store it so", () => {
  const canonical: [StoredText, string][] = [
    ["NAME", "B\u00FCcher \u{1F600}"],
    ["NUMBER", "C-\u00E9"],
    ["PCN", "PCN-1"],
    ["PERSON", "o'neil+x@a.example"],
    ["MAILBOX", "Kim.Lee@a.example"],
  ];
  const older: [StoredText, string][] = [
    ["NAME", "Trailing "],
    ["NAME", "e\u0301"],
    ["NAME", "zero\u200Bwidth"],
    ["NUMBER", `C-${kelvin}`],
    ["PCN", "pcn-1"],
    ["PCN", `PCN-${kelvin}`],
    ["PERSON", "Kim.Lee@a.example"],
    ["PERSON", `${kelvin}im@a.example`],
    ["MAILBOX", "Kim <kim@a.example>"],
  ];
  expect(canonical.filter(([kind, text]) => !isCanonical(kind, text))).toEqual([]);
  expect(older.filter(([kind, text]) => isCanonical(kind, text))).toEqual([]);
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
