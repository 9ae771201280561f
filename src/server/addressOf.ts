import type { IncomingMessage } from "node:http";
import { isIP, isIPv6 } from "node:net";

/**
 * Where a request comes from, as limits count it: the peer, or with proxies in front the address that the outermost trusted one
 * has seen. An IPv6 address stands for its network of 64 bits, since whoever has one of it has them all.
 */
export function addressOf({ headers, socket }: IncomingMessage, trustedProxies: number): string {
  const forwarded = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
  const seen = trustedProxies > 0 ? withoutPort(forwarded.at(-trustedProxies)?.trim() ?? "") : "";
  const address = ((isIP(seen) > 0 && seen) || socket.remoteAddress || "").replace(/^::ffff:(?=\d+\.)/i, "");
  return isIPv6(address) ? networkOf(address) : address;
}

/** Some proxies add the port: 192.0.2.1:443, [2001:db8::1]:443. */
function withoutPort(seen: string): string {
  return /^\[(.+)\](:\d+)?$/.exec(seen)?.[1] ?? /^([\d.]+):\d+$/.exec(seen)?.[1] ?? seen;
}

function networkOf(address: string): string {
  const [head = "", tail] = (address.split("%")[0] ?? "").toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - last.length);
  const all = [...groups, ...Array.from({ length: missing }, () => "0"), ...last];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
