import { randomBytes } from "node:crypto";
import { chown, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { EmbeddedPostgresError, explain } from "./embeddedPostgresError";
import { writeWhole } from "../keptFile";
import { stopLeftoverPostgres } from "./leftoverPostgres";
import { PostgresKeeper, type KeptCommand, type KeptExit } from "./postgresKeeper";
import { findPostgresPlace, openPostgresPlace, type PostgresPlace } from "./postgresPlace";
import { preparePrograms } from "./postgresPrograms";
import { openStaging, settle } from "./staging";

export interface EmbeddedPostgresOptions {
  /** Keeps the database between starts. Created when missing. */
  readonly dataDirectory: string;
  /** PostgreSQL's own settings, such as `max_connections`. Without `port`, the system chooses a free one. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Starts over with no data. */
  readonly fresh?: boolean;
  /** Deletes the data folder at the end, also when this process is killed. */
  readonly temporary?: boolean;
  /** Told, in a sentence, what takes long or is not where one would look. */
  onProgress?(message: string): void;
}

/** A running PostgreSQL of our own, on 127.0.0.1 only. It stops when this process ends, however it ends. */
export interface EmbeddedPostgres {
  /** URL of the database `postgres`, with the superuser's password. */
  readonly url: string;
  urlFor(database: string): string;
  stop(): Promise<void>;
}

/** State that the steps of a start share. */
interface Start {
  readonly options: EmbeddedPostgresOptions;
  readonly place: PostgresPlace;
  readonly keeper: PostgresKeeper;
  /** Holds the data and the superuser's password. */
  readonly cluster: string;
  readonly programs: string;
}

/**
 * Starts PostgreSQL from the programs that npm installed, with no system user and nothing else needed: as root it
 * runs as an unprivileged user, and folders that are closed to that user are evaded. The same data folder gives the
 * same databases again; what a killed process left behind is put in order first. Throws EmbeddedPostgresError, which
 * says the cure: the folder is in use, the disk is full, the platform's package is missing, …
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  let keeper: PostgresKeeper | undefined;
  try {
    const place = await findPostgresPlace(options.dataDirectory);
    const cluster = join(place.folder, "cluster");
    await stopLeftoverPostgres(join(cluster, "data"));
    keeper = new PostgresKeeper(options.temporary ? [resolve(options.dataDirectory), place.folder] : []);
    if (options.fresh) await rm(cluster, { recursive: true, force: true });
    await openPostgresPlace(options.dataDirectory, place);
    const programs = await preparePrograms(place, keeper.pid);
    const start: Start = { options, place, keeper, cluster, programs };
    await createCluster(start);
    const port = await launchOnFreePort(start);
    keeper.unref();
    const password = await readPassword(join(cluster, "password"));
    const urlFor = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
    return { url: urlFor("postgres"), urlFor, stop: () => stop(start) };
  } catch (error) {
    await keeper?.end();
    throw explain(options.dataDirectory, error);
  }
}

/** Throws EmbeddedPostgresError for a file that a power failure cut off: nobody knows the password any more. */
async function readPassword(file: string): Promise<string> {
  const password = await readFile(file, "utf8").catch(() => "");
  if (/^[\w-]{32}$/.test(password)) return password;
  throw new EmbeddedPostgresError(
    `The password of the database, ${file}, is missing or damaged. Start over with --fresh, which forgets the data.`,
  );
}

async function stop({ keeper, cluster }: Start): Promise<void> {
  const clean = await keeper.end();
  if (!clean) await stopLeftoverPostgres(join(cluster, "data"));
}

/** Runs initdb, unless a finished cluster is there. One that was interrupted leaves nothing that counts as finished. */
async function createCluster({ options, place, keeper, cluster, programs }: Start): Promise<void> {
  if (await stat(cluster).catch(() => null)) return;
  options.onProgress?.(`Creating the database in ${place.folder}`);
  const staging = await openStaging(cluster, keeper.pid);
  const passwordFile = join(staging, "password");
  await writeWhole(passwordFile, randomBytes(24).toString("base64url"));
  if (place.user) {
    for (const path of [passwordFile, staging]) await chown(path, place.user.uid, place.user.gid);
  }
  const args = ["-D", join(staging, "data"), "-U", "postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  // The order of locale C, with upper and lower case of all letters, not of the ASCII ones alone.
  args.push("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8");
  if (options.settings?.fsync === "off") args.push("--no-sync");
  const { code, errors } = await keeper.run(command(join(programs, "initdb"), args, place));
  if (code !== 0) {
    await rm(staging, { recursive: true, force: true });
    throw new Error(errors || `initdb failed (${code})`);
  }
  await settle(staging, cluster);
}

/** Starts the server and gives its port; tries again when another program was faster to take the port. */
async function launchOnFreePort(start: Start): Promise<number> {
  const data = join(start.cluster, "data");
  for (let attempt = 1; ; attempt++) {
    const port = Number(start.options.settings?.port ?? (await freePort()));
    const failure = await launch(start, data, port);
    if (failure === null) return port;
    await stopLeftoverPostgres(data); // another owner may have been faster to take the data
    const passing = /Address already in use|lock file|shared memory block/.test(failure.errors);
    if (!passing || attempt === 5) throw new Error(failure.errors || `postgres ended (${failure.code})`);
  }
}

/** Null as soon as the server is ready for connections, or how it failed. */
async function launch(
  { options, place, keeper, programs }: Start,
  data: string,
  port: number,
): Promise<KeptExit | null> {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    timezone: "UTC",
    log_timezone: "UTC",
    ...options.settings,
    port: String(port),
  };
  const args = ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  let pid: number | undefined;
  let exit: KeptExit | undefined;
  const exited = keeper.run(command(join(programs, "postgres"), args, place), (started) => (pid = started));
  void exited.then((how) => (exit = how));
  while (exit === undefined) {
    const lines = (await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
    if (Number(lines[0]) === pid && lines[7]?.trim() === "ready") return null;
    await Promise.race([exited, pause(20)]);
  }
  return exit;
}

/** A program of PostgreSQL, run as the place's user, with hardly anything of our environment. */
function command(file: string, args: readonly string[], { folder, user }: PostgresPlace): KeptCommand {
  const { PATH = "", SystemRoot = "" } = process.env; // Windows' sockets need the latter
  return { file, args, cwd: folder, env: { PATH, SystemRoot, LC_ALL: "C", TZ: "UTC" }, ...user };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done, fail) => probe.once("error", fail).listen(0, "127.0.0.1", done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === "string") throw new Error("No free port on 127.0.0.1");
  return address.port;
}
