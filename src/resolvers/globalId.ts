/** The prefixes of IDs, by type. */
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

/** Returns the opaque ID of a row: a prefix for its type, and its key in base64url. */
export function globalId(type: NodeType, key: string): string {
  return `${prefixes[type]}_${type === "CocpRequest" ? key : toBase64Url(key)}`;
}

/**
 * A UUID in base64url, 22 characters. Own code, since a page has 80 IDs: Buffer's conversions take 2.6 times as long.
 */
function toBase64Url(key: string): string {
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

/** The values of hexadecimal digits, by character code. */
const digitOf: readonly (number | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const digit = "0123456789abcdef".indexOf(String.fromCharCode(code));
  return digit < 0 ? undefined : digit;
});

/** Returns the key of an ID of that type, or null. */
export function globalIdKey(type: NodeType, id: string): string | null {
  const short = id.startsWith(`${prefixes[type]}_`) ? id.slice(prefixes[type].length + 1) : null;
  if (short === null) return null;
  if (type === "CocpRequest") return requestId.test(short) ? short : null;
  const hex = Buffer.from(short, "base64url").toString("hex");
  const key = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return uuid.test(key) && globalId(type, key) === id ? key : null;
}

/** Returns type and key of an ID, or null. */
export function parseGlobalId(id: string): { readonly type: NodeType; readonly key: string } | null {
  for (const type of Object.keys(prefixes) as NodeType[]) {
    const key = globalIdKey(type, id);
    if (key !== null) return { type, key };
  }
  return null;
}
