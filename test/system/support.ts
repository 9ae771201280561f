import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { packageFolder } from "../../src/paths";
import { endWithTests } from "../support/processes/endWithTests";

const program = join(packageFolder, "dist/src/main.js");

/** A `changeover` command that runs, or ran. */
export interface Command {
  readonly process: ChildProcess;
  /** What it printed so far, both streams. */
  output(): string;
  /** A line that fits, as soon as it was printed. Rejects when the command ends without one. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its exit code, null when a signal ended it. */
  readonly exit: Promise<number | null>;
}

/** Runs the compiled command line, with nothing of this process's environment but PATH and HOME. */
export function changeover(args: readonly string[], environment: NodeJS.ProcessEnv, cwd = packageFolder): Command {
  const { PATH, HOME } = process.env;
  const defaults = { RATE_LIMIT_INVITATIONS: "off", DRAIN_SECONDS: "0" }; // tests invite few contacts often
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH, HOME, ...defaults, ...environment },
  });
  endWithTests(child);
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      for (const listener of waiting) listener(line);
    });
  }
  const exit = once(child, "close").then(([code]) => code as number | null);
  return {
    process: child,
    output: () => lines.join("\n"),
    exit,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (line: string) => {
          const found = pattern.exec(line);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        lines.forEach(look);
        void exit.then((code) =>
          reject(new Error(`ended with ${code} before printing ${pattern}:\n${lines.join("\n")}`)),
        );
      }),
  };
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

/** An OpenID Connect issuer of the test's own: discovery document, keys (RS256), tokens, some of them of operators. */
export async function startIssuer(audience: string, operators: readonly string[] = []) {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url === "/.well-known/openid-configuration") {
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    } else if (request.url === "/keys") response.end(JSON.stringify({ keys: [jwk] }));
    else response.writeHead(404).end();
  });
  const start = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const port = await start(0);
  const issuer = `http://127.0.0.1:${port}`;
  return {
    issuer,
    tokenFor: (email: string) =>
      new SignJWT({ email, roles: operators.includes(email) ? ["Cocp.Operations"] : [] })
        .setProtectedHeader({ alg: "RS256", kid: "one" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime("1h")
        .sign(privateKey),
    async stop() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
    /** Comes back at the same address, with the same key. */
    restart: async () => void (await start(port)),
  };
}
