import { readMetrics } from "../support/api/metrics";
import { fragments, onePiece, sendOverSockets } from "../soak/flood/fragments";
import { prepareProcesses, type Processes } from "./processes";

let processes: Processes;
beforeAll(async () => {
  processes = await prepareProcesses();
  await processes.run("migrate");
  await processes.start("serve");
}, 60_000);
afterAll(() => processes.stop());

/** Bytes, of which 0 to 10 million were measured; gathered, such messages took 68 to 76 million. */
const maxGrowth = 24_000_000;
const memory = async () => (await readMetrics(processes.url)).value("process_resident_memory_bytes") ?? NaN;

test("C16 a message in 130,000 fragments of one byte is not gathered: 40 such sockets are closed, and cost no memory", async () => {
  for (let warm = 0; warm < 2; warm += 1) await sendOverSockets(processes.url, onePiece);
  const before = await memory();
  expect(await sendOverSockets(processes.url, fragments)).toContain("1008"); // or 4408: not read before its time was over
  const grownBy = (await memory()) - before;
  process.stdout.write(`fragments: ${Math.round(grownBy / 1e6)} MB more\n`);
  expect(grownBy).toBeLessThan(maxGrowth);
}, 60_000);
