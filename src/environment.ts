import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { withAsciiDomain } from "./domain/keys";
import { defaultPolicy } from "./domain/policy";
import { portalUrl } from "./portalSettings";
import { baseUrl, httpUrl, limit, oneOf, onOff, urlOf, wholeNumber, wholeNumbers } from "./settings";

const maxDays = 3650;
const maxSeconds = 3600;
const days = (fallback: number) => wholeNumber("a number of days", 1, maxDays).default(fallback);
const issuerExample = "https://login.example.com";
const collectorExample = "http://127.0.0.1:4318";
const databaseExample = "postgres://user:password@db.example.com/changeover";

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === "private";
  } catch {
    return false;
  }
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** The variables of the environment: their forms and defaults. docs/operations.md describes each. */
export const environment = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: wholeNumber("a port", 0, 65_535).default(4000),
  PUBLIC_URL: baseUrl("https://changeover.example.com").optional(),
  DATABASE_URL: urlOf(["postgres", "postgresql"], databaseExample, {
    credentials: true,
    path: true,
    query: true,
    noHost: true,
  }),
  CUSTOMER_PORTAL_URL: portalUrl(),
  PARTNER_PORTAL_URL: portalUrl(),
  OPERATIONS_PORTAL_URL: portalUrl(),
  DATABASE_POOL_SIZE: wholeNumber("a number of connections", 2, 1000).default(10),
  REDIS_URL: urlOf(["redis", "rediss"], "redis://redis.example.com:6379", { credentials: true, path: true })
    .refine(
      (url) => /^\/?\d*$/.test(new URL(url).pathname),
      "must have no path but the number of a database, such as /1",
    )
    .optional(),
  SMTP_URL: urlOf(["smtp", "smtps"], "smtps://user:password@mail.example.com", { credentials: true, query: true }),
  MAIL_HOLD_HOURS: limit("a number of hours").optional(),
  MAIL_FROM: z
    .string()
    .transform(withAsciiDomain)
    .pipe(z.email("must be the sender's address, such as changeover@example.com")),
  DKIM_SELECTOR: z.string().optional(),
  DKIM_PRIVATE_KEY: z
    .string()
    .transform((pem) => pem.replaceAll("\\n", "\n"))
    .refine(isPrivateKey, "must be the private key in PEM, without a passphrase")
    .optional(),
  AUTH_ISSUER: httpUrl(issuerExample),
  AUTH_AUDIENCE: z.string("must be the audience of the access tokens"),
  AUTH_JWKS_URL: httpUrl(`${issuerExample}/keys`, { path: true, query: true }).optional(),
  AUTH_EMAIL_CLAIM: z.string().default("email"),
  AUTH_OPERATIONS_ROLE: z.string().default("Cocp.Operations"),
  FORM_URL_SECRET: z
    .string("must be a secret of 32 bytes or more, such as the output of: openssl rand -hex 32")
    .refine((secret) => Buffer.byteLength(secret) >= 32, "must be 32 bytes or more: openssl rand -hex 32"),
  ALLOWED_ORIGINS: z
    .string()
    .transform((list) => list.split(",").map((origin) => origin.trim()))
    .refine(
      (origins) => origins.every(isOrigin),
      "must be origins such as https://portal.example.com, without a path, separated by commas",
    )
    .optional(),
  SANDBOX: oneOf("on", "off", "true", "false", "1", "0", "yes-really").default("off"),
  PLAYGROUND: onOff().optional(),
  COCP_RESPOND_DAYS: days(defaultPolicy.respondDays),
  COCP_EXPIRE_DAYS: days(defaultPolicy.expireDays),
  COCP_EFFECTIVE_DAYS: days(defaultPolicy.effectiveDays),
  COCP_REMINDER_DAYS: wholeNumbers("days separated by commas, such as 3,7,9,20,27,", 1, maxDays).default([
    ...defaultPolicy.reminderDays,
  ]),
  RATE_LIMIT_POINTS: limit("a number of points").default(100_000),
  RATE_LIMIT_ADDRESS_POINTS: limit("a number of points").default(400_000),
  RATE_LIMIT_LOOKUPS: limit("a number of look-ups").optional(),
  RATE_LIMIT_INVITATIONS: limit("a number of invitations").optional(),
  CONNECTIONS_PER_ADDRESS: limit("a number of connections").default(20_000),
  TRUSTED_PROXIES: wholeNumber("a number of proxies", 0, 100).default(0),
  TRUSTED_DOCUMENTS: oneOf("off", "allow", "only").default("off"),
  TRUSTED_DOCUMENTS_FILE: z.string().optional(),
  DRAIN_SECONDS: wholeNumber("a number of seconds", 0, maxSeconds).default(5),
  DRAIN_REQUEST_SECONDS: wholeNumber("a number of seconds", 1, maxSeconds).default(2),
  LOG_LEVEL: oneOf("fatal", "error", "warn", "info", "debug", "trace", "silent").default("info"),
  LOG_FORMAT: oneOf("json", "pretty").default("json"),
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl(collectorExample).optional(),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0?\.\d{1,9}|0|1(?:\.0{1,9})?)$/, "must be a share of the traces from 0 to 1, such as 0.25")
    .transform(Number)
    .default(1),
  NODE_ENV: z.string().optional(),
});

export type Environment = z.infer<typeof environment>;
