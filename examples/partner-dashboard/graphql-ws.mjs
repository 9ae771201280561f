// A live dashboard with a stock graphql-ws client: node examples/partner-dashboard/graphql-ws.mjs EMAIL [URL] [FILE]
import { Board, connect, eventsSubscription, recordsQuery } from "./dashboard.mjs";
import { runFromCommandLine } from "./commandLine.mjs";

/** Opens the dashboard. `ended` rejects with what it can't go on after; `stop` ends it, and `ended` resolves. */
export function openDashboard(options) {
  const board = new Board(options);
  const socket = connect(options, board);

  async function readPage(variables) {
    const { value } = await socket.iterate({ query: recordsQuery, variables }).next();
    if (!value?.data) throw value?.errors ?? new Error("Stopped before the list was read");
    return value.data.cocpRecords;
  }

  const watch = () =>
    new Promise((resolve, reject) => {
      const payload = { query: eventsSubscription, variables: { cursor: board.cursor } };
      socket.subscribe(payload, {
        next({ data, errors }) {
          if (errors) reject(errors);
          else board.receive(data.cocpEvents).catch(reject);
        },
        error: reject,
        complete: resolve,
      });
    });

  const ended = board.open(readPage).then(watch);
  return { board, ended, stop: () => socket.dispose() };
}

await runFromCommandLine(import.meta.filename, openDashboard);
