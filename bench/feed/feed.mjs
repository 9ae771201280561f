// The live feed beside plain `ws` and naive `graphql-ws`: CPU of the server a delivered message, and memory a socket; the lag
// from the commit beside a bare NOTIFY; and the statements of an event. All in one run, in turn, several rounds.
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { cpuOf, memoryOf, needTwoCores, pinToServerCore, stayBesideServer } from "../lib/cores.mjs";
import { withClient } from "../lib/postgres.mjs";
import { machine, number, publish, table } from "../lib/results.mjs";
import { lagsOf, statementsOf } from "./lag.mjs";
import { startOurs } from "./ours.mjs";

const { values } = parseArgs({
  options: {
    subscribers: { type: "string", default: "2000,10000" },
    events: { type: "string", default: "40" },
    rounds: { type: "string", default: "3" },
    print: { type: "boolean", default: false },
  },
});
const events = Number(values.events);
const rounds = Number(values.rounds);
const few = 10;
const sample = {
  id: "evt_AZGx0m3WQ4mV8f1uR9c2Yw",
  cursor: "WyJmZWVkIiwiMTIzNDU2IiwiNzg5MDEiXQ",
  type: "NOTIFICATION_CONTACT_UPDATED",
  occurredAt: "2026-11-23T10:00:00.000Z",
  requestId: "COCP-7Q4M-K2XW",
  status: "IN_PROGRESS",
  record: {
    id: "rec_AZGx0m3WQ4mV8f1uR9c2Yw",
    status: "IN_PROGRESS",
    billingAccount: { accountNumber: "7701001", displayName: "Northlight General Hospital" },
  },
};
const message = JSON.stringify({ id: randomUUID(), type: "next", payload: { data: { cocpEvents: sample } } });

/** A peer in a process of its own: an event is a POST of its text. */
async function startPeer(file, text, { isPlain, args = [] }) {
  const child = fork(new URL(file, import.meta.url).pathname, args);
  pinToServerCore(child.pid);
  const [{ port }] = await once(child, "message");
  return {
    pid: child.pid,
    url: `ws://127.0.0.1:${port}/graphql`,
    tokens: isPlain ? () => undefined : (count) => Array.from({ length: count }, () => "none"),
    write: () => fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: text }),
    stop: () => child.kill(),
  };
}

const sizes = values.subscribers.split(",").map(Number);
const contestants = {
  "plain ws": () => startPeer("plainServer.mjs", message, { isPlain: true }),
  "naive graphql-ws": () => startPeer("naiveServer.mjs", JSON.stringify(sample), { isPlain: false }),
  Changeover: () => startOurs({ maxSubscribers: Math.max(...sizes) }),
};

/** The other process, with so many sockets open at a server. */
async function openLoad(server, size) {
  const child = fork(new URL("load.mjs", import.meta.url).pathname);
  child.send({ open: size, url: server.url, tokens: await server.tokens(size) });
  await once(child, "message");
  await new Promise((resolve) => setTimeout(resolve, 3_000)); // sockets settle: nothing to wait on from outside
  return {
    async expect(count, { times = false } = {}) {
      child.send({ expect: count, wantsTimes: times });
      await once(child, "message");
    },
    done: async () => (await once(child, "message"))[0],
    close: () => child.kill(),
  };
}

async function measure(name, size) {
  const server = await contestants[name]();
  try {
    const write = async () => {
      for (let event = 0; event < events; event += 1) await server.write(event);
    };
    await write(); // warm
    const alone = await cpuDuring(server.pid, write);
    const before = memoryOf(server.pid);
    const load = await openLoad(server, size);
    const memory = (memoryOf(server.pid) - before) / size;
    await round(load, server, size, write); // warm
    const spent = [];
    for (let each = 0; each < rounds; each += 1) spent.push(await round(load, server, size, write));
    const more = server.databaseUrl ? await measureOnDatabase(server, load, size) : {};
    load.close();
    return { cpu: (median(spent) - alone) / (events * size), memory, ...more };
  } finally {
    await server.stop();
  }
}

/** Lag and statements, and the same for a bare NOTIFY and for few subscribers. */
async function measureOnDatabase(server, load, size) {
  const { databaseUrl } = server;
  const lags = await lagsOf(load, databaseUrl, { size, events });
  const statements = await statementsOf(load, databaseUrl, { size, events });
  load.close();
  const fewLoad = await openLoad(server, few);
  const statementsOfFew = await statementsOf(fewLoad, databaseUrl, { size: few, events });
  fewLoad.close();
  const bare = await startPeer("bareServer.mjs", message, { isPlain: true, args: [databaseUrl, message] });
  const bareLoad = await openLoad(bare, size);
  const bareLags = await lagsOf(bareLoad, databaseUrl, { size, events });
  bareLoad.close();
  bare.stop();
  const postgres = await withClient(databaseUrl, (client) => client.query("SHOW server_version"));
  return { lags, bareLags, statements, statementsOfFew, version: postgres.rows[0].server_version };
}

/** CPU of the server until every socket has had every event of a round. */
async function round(load, server, size, write) {
  await load.expect(events * size);
  return await cpuDuring(server.pid, async () => {
    const done = load.done();
    await write();
    await done;
  });
}

async function cpuDuring(pid, work) {
  const before = cpuOf(pid);
  await work();
  return cpuOf(pid) - before;
}

function median(numbers) {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)];
}

const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

needTwoCores();
stayBesideServer();
const cpuRows = [];
const lagRows = [];
const statements = [];
let version = "";
for (const size of sizes) {
  const results = {};
  for (const name of Object.keys(contestants)) results[name] = await measure(name, size);
  const { "plain ws": plain, "naive graphql-ws": naive, Changeover: ours } = results;
  for (const [name, { cpu, memory }] of Object.entries(results)) {
    const cells = [number(cpu, 1), number(cpu / plain.cpu, 2), number(cpu / naive.cpu, 2)];
    cpuRows.push([size, name, ...cells, number(memory / 1024, 1), number(memory / naive.memory, 2)]);
  }
  for (const [name, lags] of Object.entries({ "bare NOTIFY to ws": ours.bareLags, Changeover: ours.lags })) {
    const cells = [0.5, 0.99].flatMap((part) => [
      number(share(lags, part), 1),
      number(share(lags, part) / share(ours.bareLags, part), 2),
    ]);
    lagRows.push([size, name, ...cells]);
  }
  statements.push(`${ours.statements} for ${size}, ${ours.statementsOfFew} for ${few}`);
  version = ours.version;
}
const cpuTitles = [
  ">subscribers",
  "server",
  ">µs CPU a message",
  ">× plain ws",
  ">× naive",
  ">kB a socket",
  ">× naive",
];
const lagTitles = [">subscribers", "path", ">p50 ms", ">× bare", ">p99 ms", ">× bare"];
const text = [
  `${machine(version)} ${events} events a round, median of ${rounds} rounds; the server on one core.`,
  table(cpuTitles, cpuRows),
  "From the commit of an event to its arrival at each of the sockets:",
  table(lagTitles, lagRows),
  `SQL statements of the server an event, by subscribers: ${statements.join("; ")}.`,
].join("\n\n");
await publish("feed", text, values);
