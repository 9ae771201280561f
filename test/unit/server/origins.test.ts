import { createOriginCheck, isOwnHost } from "../../../src/server/auth/origins";
import { keepingLogger } from "../../support/api/logLines";

test.each([
  ["localhost", true],
  ["LOCALHOST:4000", true],
  ["localhost.:4000", true],
  ["portal.localhost:4000", true],
  ["127.0.0.1:4000", true],
  ["127.1.2.3", true],
  ["[::1]:4000", true],
  ["devbox.example:4000", true],
  [undefined, true],
  ["evil.example", false],
  ["evil.example:4000", false],
  ["127.0.0.1.evil.example", false],
  ["localhost.evil.example", false],
  ["127.0.0.1@evil.example", false],
  ["[::2]", false],
  ["", false],
])("the host %p is our own: %p", (host, isOwn) => {
  expect(isOwnHost(host, ["0.0.0.0", "devbox.example"])).toBe(isOwn);
});

test("allows pages of any loopback origin where loopback is allowed, and no look-alikes", () => {
  const check = createOriginCheck({ allowedOrigins: [], allowsLoopback: true, logger: keepingLogger().logger });
  const own = ["http://localhost", "https://localhost:3000", "http://127.0.0.1:5173", "http://[::1]:8080"];
  expect(own.map(check)).toEqual(own.map(() => true));
  const others = [
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "ftp://localhost",
    "null",
    "http://a",
  ];
  expect(others.map(check)).toEqual(others.map(() => false));
});

test("a rejected origin is logged once, with the variable to set", () => {
  const { logger, lines } = keepingLogger();
  const check = createOriginCheck({ allowedOrigins: ["https://a.example"], allowsLoopback: false, logger });
  const origins = ["https://a.example", "https://b.example", "https://b.example", "http://localhost"];
  expect(origins.map(check)).toEqual([true, false, false, false]);
  expect(lines.map(({ level, origin, fix }) => [level, origin, fix])).toEqual([
    [40, "https://b.example", "add it to ALLOWED_ORIGINS"],
    [40, "http://localhost", "add it to ALLOWED_ORIGINS"],
  ]);
});
