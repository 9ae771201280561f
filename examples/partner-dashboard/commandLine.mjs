// Runs a dashboard in a terminal: prints the list, each event as it comes, and the list once more at Ctrl-C.
import { readFile, rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import WebSocket from "ws";
import { explain } from "./dashboard.mjs";

/** Opens the dashboard as the command line says, if it is this `file` that was started and not one that imports it. */
export async function runFromCommandLine(file, openDashboard) {
  if (process.argv[1] !== file) return;
  const name = basename(file, ".mjs");
  const [email, url = "http://127.0.0.1:4000", cursorFile] = process.argv.slice(2);
  if (!email) {
    console.error(`usage: node examples/partner-dashboard/${name}.mjs EMAIL [URL] [FILE]`);
    process.exit(2);
  }
  const { board, ended, stop } = openDashboard({
    url,
    webSocketImpl: WebSocket,
    token: () => signIn(url, email),
    store: cursorFile ? fileStore(cursorFile) : forgetfulStore,
    onOpen: print,
    onEvent: ({ occurredAt, record, type, actor, cursor }) =>
      console.log(`${occurredAt}  ${place(record)}  ${type} by ${actor}  ${cursor}`),
    log: (message) => console.error(message),
  });
  const end = async () => {
    void stop();
    await board.settled();
    print(board.records);
    process.exit(0);
  };
  process.once("SIGINT", end).once("SIGTERM", end);
  await ended.catch((error) => {
    console.error(explain(error));
    process.exit(1);
  });
}

/** An access token: of the demo identities of `changeover dev`, or of your own issuer, given as ACCESS_TOKEN. */
async function signIn(url, email) {
  if (process.env.ACCESS_TOKEN) return process.env.ACCESS_TOKEN;
  const response = await fetch(`${url}/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email }),
  });
  const { accessToken, error } = await response.json();
  if (error) throw new Error(error);
  return accessToken;
}

/** Every start is the first. */
const forgetfulStore = { load: async () => null, save: async () => {} };

/** Keeps the cursor in a file, which holds either the old one or the new one, whenever the process dies. */
function fileStore(file) {
  return {
    async load() {
      try {
        return await readFile(file, "utf8");
      } catch (error) {
        if (error.code === "ENOENT") return null;
        throw error;
      }
    },
    async save(cursor) {
      await writeFile(`${file}.new`, cursor);
      await rename(`${file}.new`, file);
    },
  };
}

const place = ({ request, billingAccount }) => `${request.requestId}  ${billingAccount.accountNumber}`;

function print(records) {
  console.log(`${records.length} records`);
  for (const record of records) {
    const { status, effectiveDate, availableActions } = record;
    console.log(`${place(record)}  ${status}  effective ${effectiveDate}  [${availableActions.join(" ")}]`);
  }
}
