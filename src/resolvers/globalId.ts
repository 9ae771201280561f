/** The types that have ids of their own, by the prefix of the id. */
const prefixes = {
  Partner: "ptn",
  Customer: "cus",
  BillingAccount: "acc",
  CocpRequest: "req",
  CocpRecord: "rec",
  CocpEvent: "evt",
  CocpNotification: "ntf",
} as const;

export type NodeType = keyof typeof prefixes;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const requestId = /^COCP-[0-9A-Z]{4}-[0-9A-Z]{4}$/;

/** The opaque id of a row: its key, in short, behind a prefix that names its type. */
export function globalId(type: NodeType, key: string): string {
  return `${prefixes[type]}_${type === "CocpRequest" ? key : inShort(key)}`;
}

/** A UUID in base64url, 22 characters. By hand, since a page has many ids: Buffer's own conversions take thrice as long. */
function inShort(key: string): string {
  let [bits, count, length] = [0, 0, 0];
  for (let index = 0; index < key.length; index += 1) {
    const digit = digitOf[key.charCodeAt(index)];
    if (digit === undefined) continue; // a hyphen
    bits = (bits << 4) | digit;
    count += 4;
    if (count < 6) continue;
    count -= 6;
    scratch[length++] = alphabet.charCodeAt((bits >> count) & 63);
  }
  scratch[length++] = alphabet.charCodeAt((bits << (6 - count)) & 63);
  return scratch.toString("latin1", 0, length);
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const scratch = Buffer.alloc(22);

/** What a hexadecimal digit is worth, by its character's code. */
const digitOf: readonly (number | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const digit = "0123456789abcdef".indexOf(String.fromCharCode(code));
  return digit < 0 ? undefined : digit;
});

/** The key of a row of that type; null when the id is not one. */
export function keyOf(type: NodeType, id: string): string | null {
  const short = id.startsWith(`${prefixes[type]}_`) ? id.slice(prefixes[type].length + 1) : null;
  if (short === null) return null;
  if (type === "CocpRequest") return requestId.test(short) ? short : null;
  const hex = Buffer.from(short, "base64url").toString("hex");
  const key = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return uuid.test(key) && globalId(type, key) === id ? key : null;
}

/** Type and key of any id; null when it is none. */
export function parseGlobalId(id: string): { readonly type: NodeType; readonly key: string } | null {
  for (const type of Object.keys(prefixes) as NodeType[]) {
    const key = keyOf(type, id);
    if (key !== null) return { type, key };
  }
  return null;
}
