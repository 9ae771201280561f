import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { defaultPolicy, type CocpPolicy } from "./domain/policy";
import { defaultTimings, type Timings } from "./timings";
import type { TracingOptions } from "./tracing";

const whole = (what: string, min: number, max: number) => {
  const error = `must be ${what}, a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};
const maxDays = 3650;
const days = (fallback: number) => whole("a number of days", 1, maxDays).default(fallback);
const count = whole("a limit", 0, Number.MAX_SAFE_INTEGER);
/** What an hour of somebody's asking may bring; off in a sandbox, whose hours are none. */
const defaultHour = { lookUps: 300, invitations: 20 };
const httpUrl = z.url({ protocol: /^https?$/, error: "must be a URL such as https://login.example.com" });

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

/** The URL of a place on this machine or network, an IPv6 address in its brackets. */
export function httpUrlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

const environment = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: whole("a port", 0, 65_535).default(4000),
  PUBLIC_URL: httpUrl.optional(),
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: "must name the PostgreSQL database, such as postgres://user:password@db.example.com/changeover",
  }),
  DATABASE_POOL_SIZE: whole("a number of connections", 2, 1000).default(10),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "must be a redis:// or rediss:// URL" }).optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: "must be an smtp:// or smtps:// URL" }),
  MAIL_FROM: z.email("must be the sender's address, such as changeover@example.com"),
  DKIM_SELECTOR: z.string().min(1).optional(),
  DKIM_PRIVATE_KEY: z
    .string()
    .transform((pem) => pem.replaceAll("\\n", "\n"))
    .refine(isPrivateKey, "must be the private key in PEM, without a passphrase")
    .optional(),
  AUTH_ISSUER: httpUrl,
  AUTH_AUDIENCE: z.string("must be the audience of the access tokens").min(1),
  AUTH_JWKS_URL: httpUrl.optional(),
  AUTH_EMAIL_CLAIM: z.string().min(1).default("email"),
  AUTH_OPERATIONS_ROLE: z.string().min(1).default("Cocp.Operations"),
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
  SANDBOX: z.enum(["on", "off", "true", "false", "1", "0", "yes-really"]).default("off"),
  PLAYGROUND: z.enum(["on", "off", "true", "false", "1", "0"]).optional(),
  COCP_RESPOND_DAYS: days(defaultPolicy.respondDays),
  COCP_EXPIRE_DAYS: days(defaultPolicy.expireDays),
  COCP_EFFECTIVE_DAYS: days(defaultPolicy.effectiveDays),
  COCP_REMINDER_DAYS: z
    .string()
    .transform((list) => [...new Set(list.split(",").map(Number))])
    .refine(
      (all) => all.every((day) => Number.isInteger(day) && day >= 1 && day <= maxDays),
      `must be days from 1 to ${maxDays} separated by commas, such as 3,7,9,20,27`,
    )
    .default([...defaultPolicy.reminderDays]),
  RATE_LIMIT_POINTS: count.default(100_000),
  RATE_LIMIT_ADDRESS_POINTS: count.default(400_000),
  RATE_LIMIT_LOOKUPS: count.optional(),
  RATE_LIMIT_INVITATIONS: count.optional(),
  CONNECTIONS_PER_ADDRESS: count.default(20_000),
  TRUSTED_PROXIES: count.default(0),
  TRUSTED_DOCUMENTS: z.enum(["off", "allow", "only"], "must be off, allow or only").default("off"),
  TRUSTED_DOCUMENTS_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  LOG_FORMAT: z.enum(["json", "pretty"]).default("json"),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  NODE_ENV: z.string().optional(),
});

/** What a process needs to know, checked. Secrets are in here: never log it. */
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
  /** How often somebody may ask; 0 of anything: as often as they like. */
  readonly rates: {
    /** Points of operations in ten seconds, of a person and of an address. */
    readonly viewerPoints: number;
    readonly addressPoints: number;
    /** Partners and contacts that a person may look up in an hour. */
    readonly lookUps: number;
    /** Invitations that a customer may have sent to one contact in an hour. */
    readonly invitations: number;
  };
  /** Sockets and event streams of an address on a node; 0: any number. */
  readonly connectionsPerAddress: number;
  /** Proxies in front whose word on the client's address is believed (X-Forwarded-For). */
  readonly trustedProxies: number;
  /** The manifest of documents that may be asked for by id, and whether nothing else may; null: there are none. */
  readonly trustedDocuments: { readonly file: string; readonly isRequired: boolean } | null;
  readonly timings: Timings;
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

const isOn = (value: string | undefined) => value === "on" || value === "true" || value === "1";

/** Checks the environment. Throws ConfigError with all that is wrong at once. An empty variable counts as unset. */
export function readConfig(variables: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const parsed = environment.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join(".")} ${describe(issue)}`);
  if (isOn(given.SANDBOX) && given.NODE_ENV === "production") {
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
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

function describe(issue: z.core.$ZodIssue): string {
  return issue.message.startsWith("must") ? issue.message : `is not usable: ${issue.message}`;
}

function toConfig(env: z.infer<typeof environment>): Config {
  const publicUrl = (env.PUBLIC_URL ?? httpUrlOf(env.HOST, env.PORT)).replace(/\/+$/, "");
  const sandbox = isOn(env.SANDBOX) || env.SANDBOX === "yes-really";
  const hourly = sandbox ? { lookUps: 0, invitations: 0 } : defaultHour;
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl,
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    redisUrl: env.REDIS_URL ?? null,
    smtpUrl: env.SMTP_URL,
    mailFrom: env.MAIL_FROM,
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
    playground: env.PLAYGROUND === undefined ? sandbox : isOn(env.PLAYGROUND),
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
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    tracing: env.OTEL_EXPORTER_OTLP_ENDPOINT
      ? { endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT, share: env.OTEL_TRACES_SAMPLER_ARG }
      : null,
  };
}
