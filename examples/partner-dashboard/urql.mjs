// A live dashboard with @urql/core: node examples/partner-dashboard/urql.mjs EMAIL [URL] [FILE]
import { Client, subscriptionExchange } from "@urql/core";
import { onEnd, pipe, subscribe } from "wonka";
import { Board, connect, eventsSubscription, recordsQuery } from "./dashboard.mjs";
import { runFromCommandLine } from "./commandLine.mjs";

/** Opens the dashboard. `ended` rejects with what it can't go on after; `stop` ends it, and `ended` resolves. */
export function openDashboard(options) {
  const board = new Board(options);
  const socket = connect(options, board);
  const client = new Client({
    url: `${options.url}/graphql`,
    exchanges: [
      subscriptionExchange({
        enableAllOperations: true, // the page is read over the socket too, and so with its token and its patience
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }),
        }),
      }),
    ],
  });

  async function readPage(variables) {
    const { data, error } = await client.query(recordsQuery, variables).toPromise();
    if (error) throw error;
    return data.cocpRecords;
  }

  const watch = () =>
    new Promise((resolve, reject) => {
      pipe(
        client.subscription(eventsSubscription, { cursor: board.cursor }),
        onEnd(resolve),
        subscribe(({ data, error, hasNext }) => {
          if (error) reject(error);
          else if (hasNext) board.receive(data.cocpEvents).catch(reject); // at the end urql gives the last one again
        }),
      );
    });

  const ended = board.open(readPage).then(watch);
  return { board, ended, stop: () => socket.dispose() };
}

await runFromCommandLine(import.meta.filename, openDashboard);
