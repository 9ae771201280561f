import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../../src/dev/postgres/embeddedPostgres";
import { temporaryFolder } from "./temporaryFolder";
import { withClient } from "../api/testServer";

export interface TlsPostgres {
  /** Demands TLS and checks the certificate. */
  readonly url: string;
  /** The file of the authority that signed its certificate. */
  readonly authority: string;
  /** The file of an authority that did not. */
  readonly otherAuthority: string;
  stop(): Promise<void>;
}

/** Starts a PostgreSQL whose certificate is of a private authority. Needs the `openssl` command. */
export async function startTlsPostgres(): Promise<TlsPostgres> {
  const folder = await temporaryFolder();
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(folder, "database"), temporary: true });
  const [authority, otherAuthority] = [join(folder, "authority.pem"), join(folder, "other.pem")];
  for (const file of [authority, otherAuthority]) {
    openssl(folder, ["-subj", "/CN=Private authority", "-keyout", `${file}.key`, "-out", file]);
  }
  const names = ["-subj", "/CN=database", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const signer = ["-CA", authority, "-CAkey", `${authority}.key`, "-addext", "basicConstraints=critical,CA:FALSE"];
  await withClient(postgres.url, async (client) => {
    const { rows } = await client.query<{ folder: string }>("SELECT current_setting('data_directory') AS folder");
    const data = rows[0]?.folder ?? "";
    const [key, certificate] = [join(data, "server.key"), join(data, "server.crt")];
    openssl(folder, [...names, ...signer, "-keyout", key, "-out", certificate]);
    execFileSync("chmod", ["600", key]);
    execFileSync("chown", ["--reference", data, key, certificate]);
    await client.query("ALTER SYSTEM SET ssl = on");
    await client.query("SELECT pg_reload_conf()");
  });
  return {
    url: `${postgres.url}?sslmode=verify-full`,
    authority,
    otherAuthority,
    stop: () => postgres.stop(),
  };
}

function openssl(folder: string, more: readonly string[]): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...key, "-days", "2", ...more], { cwd: folder, stdio: "pipe" });
}
