/** The embedded PostgreSQL cannot run; the message says why and what to do about it. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EmbeddedPostgresError";
  }
}

const ownServer = "or run your own PostgreSQL 15 or later and set DATABASE_URL";

/** Error messages of PostgreSQL, initdb and the file system, with their fixes. */
const cures: readonly (readonly [RegExp, string])[] = [
  [/ENOSPC|No space left on device/, "The disk is full: make room and start again."],
  [/EROFS|Read-only file system/, "The folder lies on a read-only file system: start from another folder."],
  [
    /EACCES|EPERM|Permission denied/,
    "This user may not use the folder: start as the user who created it, or remove it.",
  ],
  [
    /are incompatible with server/,
    "The data were made by another version of PostgreSQL: remove the folder to start over.",
  ],
  [
    /EINVAL|setuid/,
    `PostgreSQL does not run as root, and root can become no other user here: start as one, ${ownServer}.`,
  ],
  [
    /ENOENT|not found|GLIBC/,
    `Its programs do not run on this system, as on Alpine Linux, which has no glibc: ${ownServer}.`,
  ],
];

/** An EmbeddedPostgresError from whatever went wrong with the data folder, with its cure where one is known. */
export function explain(folder: string, cause: unknown): EmbeddedPostgresError {
  if (cause instanceof EmbeddedPostgresError) return cause;
  const said = (cause instanceof Error ? cause.message : String(cause)).trim();
  const cure = cures.find(([pattern]) => pattern.test(said))?.[1];
  const message = `The embedded PostgreSQL in ${folder} could not start. ${cure ? `${cure}\n` : ""}${said}`;
  return new EmbeddedPostgresError(message, { cause });
}
