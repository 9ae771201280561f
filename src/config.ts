import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { withAsciiDomain } from "./domain/keys";
import { defaultPolicy, type CocpPolicy } from "./domain/policy";
import { defaultTimings, type Timings } from "./timings";
import { baseUrl, httpUrl, limit, oneOf, onOff, urlOf, wholeNumber, wholeNumbers, withoutBlanks } from "./settings";
import type { Portals } from "./domain/portals";
import { portalProblems, portalUrl } from "./portalSettings";
import type { TracingOptions } from "./tracing/tracing";

const maxDays = 3650;
const maxSeconds = 3600;
const days = (fallback: number) => wholeNumber("a number of days", 1, maxDays).default(fallback);
/** Look-ups and invitations an hour; without a limit in a sandbox, where nobody waits for an hour. */
const hourlyLimits = { lookUps: 300, invitations: 20 };
const unlimited = { lookUps: Infinity, invitations: Infinity };
/** Hours after which email that no worker has seen may be that of a restored backup. */
const defaultHoldHours = 24;
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

/**
 * The URL under which a server on this machine is reached: an IPv6 address in brackets, a loopback one for all
 * addresses.
 */
export function httpUrlOf(host: string, port: number): string {
  const reached = ["0.0.0.0", "::"].includes(host) ? "127.0.0.1" : host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}

const environment = z.object({
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

/** The checked configuration of a process. It contains secrets: never log it. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** How people reach the API, without a trailing slash. */
  readonly publicUrl: string;
  readonly databaseUrl: string;
  readonly databasePoolSize: number;
  readonly redisUrl: string | null;
  readonly smtpUrl: string;
  readonly mailFrom: string;
  /** Hours after which a notification that no worker has seen is held; Infinity: never. */
  readonly mailHoldHours: number;
  /** Where links in email lead, and `partnerLink`. */
  readonly portals: Portals;
  /** Signs mail for the domain of `mailFrom`; null: the mail server does, or nobody. */
  readonly dkim: { readonly selector: string; readonly privateKey: string } | null;
  readonly auth: {
    readonly issuer: string;
    readonly audience: string;
    /** Null: taken from the issuer's discovery document. */
    readonly jwksUrl: string | null;
    readonly emailClaim: string;
    readonly operationsRole: string;
  };
  readonly formUrlSecret: string;
  readonly allowedOrigins: readonly string[];
  readonly sandbox: boolean;
  readonly playground: boolean;
  readonly policy: CocpPolicy;
  /** Rate limits. Infinity: no limit. */
  readonly rates: {
    /** Points of operations in ten seconds, of a person and of an address. */
    readonly viewerPoints: number;
    readonly addressPoints: number;
    /** Partners and contacts that a person may look up in an hour. */
    readonly lookUps: number;
    /** Invitations that a customer may have sent to one contact in an hour. */
    readonly invitations: number;
  };
  /** Sockets and event streams of an address on a node. Infinity: no limit. */
  readonly connectionsPerAddress: number;
  /** Proxies in front whose word on the client's address is believed (X-Forwarded-For). */
  readonly trustedProxies: number;
  /** The manifest of trusted documents, and whether all others are rejected; null without a manifest. */
  readonly trustedDocuments: { readonly file: string; readonly isRequired: boolean } | null;
  readonly timings: Timings;
  readonly drain: {
    /** Seconds between a signal to stop and the end of listening. */
    readonly seconds: number;
    /** Seconds that a request has after that to arrive whole. */
    readonly requestSeconds: number;
  };
  readonly logLevel: string;
  readonly logFormat: "json" | "pretty";
  /** Where traces go; null: nowhere. */
  readonly tracing: TracingOptions | null;
}

/** The environment is not usable; `problems` names each variable and what to do about it. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "ConfigError";
  }
}

/** The configuration of commands that use the database alone. */
export type DatabaseConfig = Pick<Config, "databaseUrl" | "logLevel" | "logFormat">;

const databaseEnvironment = environment.pick({ DATABASE_URL: true, LOG_LEVEL: true, LOG_FORMAT: true });

/**
 * Checks the variables of a command that works on the database alone. Throws ConfigError. Logs warnings and errors by
 * default.
 */
export function readDatabaseConfig(variables: NodeJS.ProcessEnv): DatabaseConfig {
  const defaults = { LOG_LEVEL: "warn", LOG_FORMAT: "pretty" };
  const parsed = databaseEnvironment.safeParse({ ...defaults, ...withoutBlanks(variables) });
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(toProblem));
  const { DATABASE_URL: databaseUrl, LOG_LEVEL: logLevel, LOG_FORMAT: logFormat } = parsed.data;
  return { databaseUrl, logLevel, logFormat };
}

/** The configuration of `import`; null for a variable that is not set. */
export type ImportConfig = DatabaseConfig & { readonly mailFrom: string | null; readonly redisUrl: string | null };

/** Checks the variables of `import`. Throws ConfigError. */
export function readImportConfig(variables: NodeJS.ProcessEnv): ImportConfig {
  const parsed = environment.pick({ MAIL_FROM: true, REDIS_URL: true }).partial().safeParse(withoutBlanks(variables));
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(toProblem));
  const { MAIL_FROM: mailFrom = null, REDIS_URL: redisUrl = null } = parsed.data;
  return { ...readDatabaseConfig(variables), mailFrom, redisUrl };
}

/**
 * Checks the environment. Values are trimmed, and a blank variable counts as unset. Throws ConfigError with all
 * problems.
 */
export function readConfig(variables: NodeJS.ProcessEnv): Config {
  const given = withoutBlanks(variables);
  const parsed = environment.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map(toProblem);
  if (isOn.has(given["SANDBOX"] ?? "") && given["NODE_ENV"] === "production") {
    problems.push("SANDBOX lets everybody move the clock: not with NODE_ENV=production, unless set to yes-really");
  }
  if (parsed.success && parsed.data.COCP_RESPOND_DAYS > parsed.data.COCP_EXPIRE_DAYS) {
    problems.push("COCP_RESPOND_DAYS must not be more than COCP_EXPIRE_DAYS: the advice comes before the end");
  }
  if ((given["DKIM_SELECTOR"] === undefined) !== (given["DKIM_PRIVATE_KEY"] === undefined)) {
    problems.push("DKIM_SELECTOR and DKIM_PRIVATE_KEY go together: set both, or none");
  }
  if (parsed.success && parsed.data.TRUSTED_DOCUMENTS !== "off" && parsed.data.TRUSTED_DOCUMENTS_FILE === undefined) {
    problems.push("TRUSTED_DOCUMENTS_FILE must name the JSON file of the documents, or TRUSTED_DOCUMENTS be off");
  }
  problems.push(...portalProblems(given));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

const isOn = new Set(["on", "true", "1"]);

function toProblem({ path, message }: z.core.$ZodIssue): string {
  return `${path.join(".")} ${message.startsWith("must") ? message : `is not usable: ${message}`}`;
}

function toConfig(env: z.infer<typeof environment>): Config {
  const publicUrl = env.PUBLIC_URL ?? httpUrlOf(env.HOST, env.PORT);
  const sandbox = isOn.has(env.SANDBOX) || env.SANDBOX === "yes-really";
  const hourly = sandbox ? unlimited : hourlyLimits;
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl,
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    redisUrl: env.REDIS_URL ?? null,
    smtpUrl: env.SMTP_URL,
    mailFrom: env.MAIL_FROM,
    mailHoldHours: env.MAIL_HOLD_HOURS ?? (sandbox ? Infinity : defaultHoldHours),
    portals: {
      customer: env.CUSTOMER_PORTAL_URL ?? null,
      partner: env.PARTNER_PORTAL_URL ?? null,
      operations: env.OPERATIONS_PORTAL_URL ?? null,
    },
    dkim:
      env.DKIM_SELECTOR && env.DKIM_PRIVATE_KEY
        ? { selector: env.DKIM_SELECTOR, privateKey: env.DKIM_PRIVATE_KEY }
        : null,
    auth: {
      issuer: env.AUTH_ISSUER,
      audience: env.AUTH_AUDIENCE,
      jwksUrl: env.AUTH_JWKS_URL ?? null,
      emailClaim: env.AUTH_EMAIL_CLAIM,
      operationsRole: env.AUTH_OPERATIONS_ROLE,
    },
    formUrlSecret: env.FORM_URL_SECRET,
    allowedOrigins: env.ALLOWED_ORIGINS ?? [new URL(publicUrl).origin],
    sandbox,
    playground: env.PLAYGROUND ?? sandbox,
    policy: {
      ...defaultPolicy,
      respondDays: env.COCP_RESPOND_DAYS,
      expireDays: env.COCP_EXPIRE_DAYS,
      effectiveDays: env.COCP_EFFECTIVE_DAYS,
      reminderDays: env.COCP_REMINDER_DAYS,
    },
    rates: {
      viewerPoints: env.RATE_LIMIT_POINTS,
      addressPoints: env.RATE_LIMIT_ADDRESS_POINTS,
      lookUps: env.RATE_LIMIT_LOOKUPS ?? hourly.lookUps,
      invitations: env.RATE_LIMIT_INVITATIONS ?? hourly.invitations,
    },
    connectionsPerAddress: env.CONNECTIONS_PER_ADDRESS,
    trustedProxies: env.TRUSTED_PROXIES,
    trustedDocuments:
      env.TRUSTED_DOCUMENTS !== "off" && env.TRUSTED_DOCUMENTS_FILE
        ? { file: env.TRUSTED_DOCUMENTS_FILE, isRequired: env.TRUSTED_DOCUMENTS === "only" }
        : null,
    timings: defaultTimings,
    drain: { seconds: env.DRAIN_SECONDS, requestSeconds: env.DRAIN_REQUEST_SECONDS },
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    tracing: env.OTEL_EXPORTER_OTLP_ENDPOINT
      ? { endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT, share: env.OTEL_TRACES_SAMPLER_ARG }
      : null,
  };
}
