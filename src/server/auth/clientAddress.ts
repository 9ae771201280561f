import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { IPv4, IPv6 } from "ipaddr.js";
import { LRUCache } from "lru-cache";
import proxyAddr from "proxy-addr";

/** Groups of 16 bits that name an IPv6 network of 64 bits. */
const networkGroups = 4;
/** IPv6 addresses that stand for the IPv4 address in their last 32 bits: IPv4-mapped, and NAT64 (RFC 6052). */
const translated: readonly [IPv6, number][] = [IPv6.parseCIDR("::ffff:0:0/96"), IPv6.parseCIDR("64:ff9b::/96")];
/** Characters of the longest text whose key is cached. */
const maxCachedLength = 64;
const keys = new LRUCache<string, string>({ max: 1_000 });

/**
 * The key of a request's address for limits: the peer's, or that of the client which the outermost of `trustedProxies`
 * proxies saw. If an entry of X-Forwarded-For is not an address, the proxy that wrote it counts.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const peer = request.socket.remoteAddress ?? "";
  if (trustedProxies === 0) return networkKey(peer) ?? "";
  const seen = proxyAddr.all(request, (_address, hop) => hop < trustedProxies);
  for (const entry of seen.toReversed()) {
    const key = networkKey(entry);
    if (key !== null) return key;
  }
  return "";
}

/**
 * One key for each network address, however it is written: IPv4 in dotted decimals, also where it is embedded in
 * IPv6; IPv6 as its network of 64 bits, since a client has all addresses of its network. Quotes, brackets, zone and
 * port are dropped. Null when the text is not an address.
 */
export function networkKey(text: string): string | null {
  const known = keys.get(text);
  if (known !== undefined) return known;
  const address = bareAddress(text);
  if (isIP(address) === 0) return null;
  const key = isIP(address) === 4 ? address : keyOfIpv6(IPv6.parse(address));
  if (text.length <= maxCachedLength) keys.set(text, key);
  return key;
}

/** `"[2001:db8::1]:443"`, `[2001:db8::1]`, `192.0.2.1:443`, `fe80::1%eth0`. */
function bareAddress(text: string): string {
  const unquoted = text.trim().replace(/^"(.*)"$/, "$1");
  const host = /^\[([^\]]*)\](?::\d+)?$/.exec(unquoted)?.[1] ?? /^([\d.]+):\d+$/.exec(unquoted)?.[1] ?? unquoted;
  return host.split("%", 1)[0]?.trim() ?? "";
}

function keyOfIpv6(address: IPv6): string {
  if (translated.some((range) => address.match(range))) return new IPv4(address.toByteArray().slice(-4)).toString();
  const network = address.parts.slice(0, networkGroups).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}
