import type { z } from "zod";
import { defaultPolicy, type CocpPolicy } from "./domain/policy";
import type { Portals } from "./domain/portals";
import { environment, type Environment } from "./environment";
import { portalProblems } from "./portalSettings";
import { withoutBlanks } from "./settings";
import { defaultTimings, type Timings } from "./timings";
import type { TracingOptions } from "./tracing/tracing";

/** Look-ups and invitations an hour. No limit in a sandbox. */
const hourlyLimits = { lookUps: 300, invitations: 20 };
const unlimited = { lookUps: Infinity, invitations: Infinity };
/** Hours after which email that no worker has seen is held: it may be that of a restored backup. */
const defaultHoldHours = 24;

/**
 * The URL under which a server on this machine is reached: an IPv6 address in brackets, a loopback one for all
 * addresses.
 */
export function httpUrlOf(host: string, port: number): string {
  const reached = ["0.0.0.0", "::"].includes(host) ? "127.0.0.1" : host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}

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

function toConfig(env: Environment): Config {
  const publicUrl = env.PUBLIC_URL ?? httpUrlOf(env.HOST, env.PORT);
  const sandbox = isOn.has(env.SANDBOX) || env.SANDBOX === "yes-really";
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl,
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    redisUrl: env.REDIS_URL ?? null,
    ...mailConfig(env, sandbox),
    ...accessConfig(env, publicUrl),
    sandbox,
    playground: env.PLAYGROUND ?? sandbox,
    policy: {
      ...defaultPolicy,
      respondDays: env.COCP_RESPOND_DAYS,
      expireDays: env.COCP_EXPIRE_DAYS,
      effectiveDays: env.COCP_EFFECTIVE_DAYS,
      reminderDays: env.COCP_REMINDER_DAYS,
    },
    ...limitConfig(env, sandbox),
    timings: defaultTimings,
    drain: { seconds: env.DRAIN_SECONDS, requestSeconds: env.DRAIN_REQUEST_SECONDS },
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    tracing: env.OTEL_EXPORTER_OTLP_ENDPOINT
      ? { endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT, share: env.OTEL_TRACES_SAMPLER_ARG }
      : null,
  };
}

function mailConfig(env: Environment, sandbox: boolean) {
  return {
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
  };
}

function accessConfig(env: Environment, publicUrl: string) {
  return {
    auth: {
      issuer: env.AUTH_ISSUER,
      audience: env.AUTH_AUDIENCE,
      jwksUrl: env.AUTH_JWKS_URL ?? null,
      emailClaim: env.AUTH_EMAIL_CLAIM,
      operationsRole: env.AUTH_OPERATIONS_ROLE,
    },
    formUrlSecret: env.FORM_URL_SECRET,
    allowedOrigins: env.ALLOWED_ORIGINS ?? [new URL(publicUrl).origin],
    trustedDocuments:
      env.TRUSTED_DOCUMENTS !== "off" && env.TRUSTED_DOCUMENTS_FILE
        ? { file: env.TRUSTED_DOCUMENTS_FILE, isRequired: env.TRUSTED_DOCUMENTS === "only" }
        : null,
  };
}

function limitConfig(env: Environment, sandbox: boolean) {
  const hourly = sandbox ? unlimited : hourlyLimits;
  return {
    rates: {
      viewerPoints: env.RATE_LIMIT_POINTS,
      addressPoints: env.RATE_LIMIT_ADDRESS_POINTS,
      lookUps: env.RATE_LIMIT_LOOKUPS ?? hourly.lookUps,
      invitations: env.RATE_LIMIT_INVITATIONS ?? hourly.invitations,
    },
    connectionsPerAddress: env.CONNECTIONS_PER_ADDRESS,
    trustedProxies: env.TRUSTED_PROXIES,
  };
}
