// A live dashboard with Apollo Client 4: node examples/partner-dashboard/apollo-client.mjs EMAIL [URL] [FILE]
import { ApolloClient, gql, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Board, connect, eventsSubscription, recordsQuery } from "./dashboard.mjs";
import { runFromCommandLine } from "./commandLine.mjs";

/** Opens the dashboard. `ended` rejects with what it can't go on after; `stop` ends it, and `ended` resolves. */
export function openDashboard(options) {
  const board = new Board(options);
  const socket = connect(options, board);
  // The page is read over the socket too, and so with its token and its patience.
  const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });

  async function readPage(variables) {
    const query = gql(recordsQuery);
    const { data } = await client.query({ query, variables, fetchPolicy: "network-only" }); // a feedCursor is of now
    return data.cocpRecords;
  }

  const watch = () =>
    new Promise((resolve, reject) => {
      client.subscribe({ query: gql(eventsSubscription), variables: { cursor: board.cursor } }).subscribe({
        next({ data, error }) {
          if (error) reject(error);
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
