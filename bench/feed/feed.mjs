// The live feed beside plain `ws` and naive `graphql-ws`: CPU of the server a delivered message, and memory a socket. The
// server has one core, the load and the database the other. All in one run, in turn, several rounds.
import { fork } from "node:child_process";
import { once } from "node:events";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { cpuOf, memoryOf, needTwoCores, pinToServerCore, stayBesideServer } from "../lib/cores.mjs";
import { startOurs } from "./ours.mjs";

const { values } = parseArgs({
  options: {
    subscribers: { type: "string", default: "2000,10000" },
    events: { type: "string", default: "50" },
    rounds: { type: "string", default: "3" },
  },
});
const events = Number(values.events);
const rounds = Number(values.rounds);
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
const message = JSON.stringify({ id: "1", type: "next", payload: { data: { cocpEvents: sample } } });

/** A peer in a process of its own: an event is a POST of its text. */
async function startPeer(file, text, protocol) {
  const child = fork(new URL(file, import.meta.url).pathname);
  pinToServerCore(child.pid);
  const [{ port }] = await once(child, "message");
  return {
    pid: child.pid,
    url: `ws://127.0.0.1:${port}/graphql`,
    tokens: protocol === "graphql" ? (count) => Array.from({ length: count }, () => "none") : () => undefined,
    write: () => fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: text }),
    stop: () => child.kill(),
  };
}

const contestants = {
  "plain ws": () => startPeer("plainServer.mjs", message, "plain"),
  "naive graphql-ws": () => startPeer("naiveServer.mjs", JSON.stringify(sample), "graphql"),
  Changeover: () => startOurs({ maxSubscribers: Math.max(...sizes) }),
};
const sizes = values.subscribers.split(",").map(Number);

async function measure(name, size) {
  const server = await contestants[name]();
  try {
    const write = async () => {
      for (let event = 0; event < events; event += 1) await server.write(event);
    };
    await write(); // warm
    const alone = await cpuDuring(server.pid, write);
    const before = memoryOf(server.pid);
    const load = fork(new URL("load.mjs", import.meta.url).pathname);
    load.send({ open: size, url: server.url, tokens: await server.tokens(size) });
    await once(load, "message");
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // sockets settle: nothing to wait on from outside
    const memory = (memoryOf(server.pid) - before) / size;
    await round(load, server, size, write); // warm
    const spent = [];
    for (let each = 0; each < rounds; each += 1) spent.push(await round(load, server, size, write));
    load.kill();
    return { cpu: (median(spent) - alone) / (events * size), memory };
  } finally {
    await server.stop();
  }
}

/** CPU of the server until every socket has had every event of a round. */
async function round(load, server, size, write) {
  load.send({ expect: events * size });
  await once(load, "message");
  return await cpuDuring(server.pid, async () => {
    const done = once(load, "message");
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

needTwoCores();
stayBesideServer();
console.log(
  `Node ${process.version}, ${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
);
console.log(`${events} events a round, median of ${rounds} rounds; the server on one core\n`);
console.log("| subscribers | server | µs CPU a message | × plain ws | × naive | kB a socket | × naive |");
console.log("| ---: | --- | ---: | ---: | ---: | ---: | ---: |");
for (const size of sizes) {
  const results = {};
  for (const name of Object.keys(contestants)) results[name] = await measure(name, size);
  const [plain, naive] = [results["plain ws"], results["naive graphql-ws"]];
  for (const [name, { cpu, memory }] of Object.entries(results)) {
    const cells = [size, name, cpu.toFixed(1), (cpu / plain.cpu).toFixed(2), (cpu / naive.cpu).toFixed(2)];
    console.log(`| ${[...cells, (memory / 1024).toFixed(1), (memory / naive.memory).toFixed(2)].join(" | ")} |`);
  }
}
