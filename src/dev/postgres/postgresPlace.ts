import { createHash } from "node:crypto";
import { chmod, mkdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EmbeddedPostgresError } from "./embeddedPostgresError";
import { errorCode } from "../../errorCode";

/** PostgreSQL refuses to run as root, so root runs it as this user: nobody's number on most systems. */
const nobody = 65_534;

/** Where closed home directories do not matter, and only root writes. */
const openFolder = "/var/lib/changeover";

/** The user that PostgreSQL runs as, when that is not the one that starts it. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The folder that really holds a database, and who runs it. */
export interface PostgresPlace {
  readonly folder: string;
  readonly user: ServerUser | null;
}

/**
 * Where the database of a data folder is: in it; but root's under /var/lib/changeover when the data folder lies under
 * a directory that is closed to the unprivileged user which PostgreSQL then runs as. The same folder gives the same
 * place again. Creates the data folder, not the other. Throws EmbeddedPostgresError for another user's data.
 */
export async function findPostgresPlace(dataDirectory: string): Promise<PostgresPlace> {
  await mkdir(dataDirectory, { recursive: true });
  const folder = await realpath(dataDirectory);
  const self = process.getuid?.();
  const owner = await stat(join(folder, "cluster")).catch(() => null);
  if (self !== 0) {
    if (self === undefined || owner === null || owner.uid === self) return { folder, user: null };
    throw new EmbeddedPostgresError(
      `The database in ${folder} was created by another user (${owner.uid}): start as root or that user, or remove it.`,
    );
  }
  const user = owner === null || owner.uid === 0 ? { uid: nobody, gid: nobody } : { uid: owner.uid, gid: owner.gid };
  await openUp(folder);
  if (await canReach(folder, user)) return { folder, user };
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  return { folder: join(openFolder, name), user };
}

/**
 * Makes the place exist and passable. A place elsewhere is noted in the data folder: without that note its data are
 * those of a folder that was removed since, and go as well. Throws EmbeddedPostgresError when its user cannot reach
 * it.
 */
export async function openPostgresPlace(dataDirectory: string, { folder, user }: PostgresPlace): Promise<void> {
  if (dirname(folder) === openFolder) {
    const note = writeFile(join(dataDirectory, "moved-to.txt"), `${folder}\n`, { flag: "wx" });
    const isNew = await note.then(
      () => true,
      (error) => (errorCode(error) === "EEXIST" ? false : Promise.reject(error)),
    );
    if (isNew) await rm(folder, { recursive: true, force: true });
  }
  await mkdir(folder, { recursive: true });
  if (user === null) return;
  await openUp(folder);
  if (dirname(folder) === openFolder) await openUp(openFolder);
  if (!(await canReach(folder, user))) {
    throw new EmbeddedPostgresError(
      `PostgreSQL does not run as root, and user ${user.uid} cannot reach ${folder}: open its parent folders (chmod o+x), or start as a normal user.`,
    );
  }
}

async function openUp(folder: string): Promise<void> {
  await chmod(folder, (await stat(folder)).mode | 0o011);
}

/** Whether the user may pass through a folder and all above it, or run a file in one, by the permission bits. */
export async function canReach(path: string, { uid, gid }: ServerUser): Promise<boolean> {
  const { mode, uid: owner, gid: group } = await stat(path);
  const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  return dirname(path) === path || canReach(dirname(path), { uid, gid });
}
