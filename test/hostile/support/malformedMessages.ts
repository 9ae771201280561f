/** Messages that are none of graphql-transport-ws, or not a client's. */
export const malformedMessages: readonly [string, string][] = [
  ["what is not JSON", "{"],
  ["a number", "1"],
  ["null", "null"],
  ["an array", "[]"],
  ["an unknown type", '{"type":"start","id":"1","payload":{"query":"{ viewer { email } }"}}'],
  ["no type", '{"id":"1"}'],
  ["an operation without id", '{"type":"subscribe","payload":{"query":"{ viewer { email } }"}}'],
  ["an empty id", '{"type":"subscribe","id":"","payload":{"query":"{ viewer { email } }"}}'],
  ["a number for an id", '{"type":"subscribe","id":1,"payload":{"query":"{ viewer { email } }"}}'],
  ["an operation without payload", '{"type":"subscribe","id":"1"}'],
  ["an operation without query", '{"type":"subscribe","id":"1","payload":{}}'],
  ["a query that is an object", '{"type":"subscribe","id":"1","payload":{"query":{}}}'],
  [
    "variables that are a string",
    '{"type":"subscribe","id":"1","payload":{"query":"{ viewer { email } }","variables":"x"}}',
  ],
  ["a complete without id", '{"type":"complete"}'],
  ["a ping whose payload is a string", '{"type":"ping","payload":"x"}'],
  ["what only servers send", '{"type":"next","id":"1","payload":{}}'],
  ["a batch", '{"type":"subscribe","id":"1","payload":[{"query":"{ viewer { email } }"}]}'],
];
