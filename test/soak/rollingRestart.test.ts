import { rm } from "node:fs/promises";
import { waitFor } from "../support/waitFor";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { openDashboards, type Dashboards } from "./support/dashboards";
import { isLong } from "./support/isLong";
import { writeDirectory, type Directory } from "./support/directory";
import { startInstallation, type Installation } from "./support/installation";
import { write } from "./support/writers";

/**
 * A deployment: one node after the other is replaced while people look on and others write. `npm run soak`: 500
 * dashboards.
 */
const dashboardCount = isLong ? 500 : 120;
const customerCount = isLong ? 60 : 20;
const writerCount = 4;

let folder: string;
let directory: Directory;
let installation: Installation;
let dashboards: Dashboards;

beforeAll(async () => {
  folder = await temporaryFolder();
  directory = await writeDirectory(folder, customerCount, 60);
  installation = await startInstallation(folder, false);
  dashboards = await openDashboards(installation, directory.people, dashboardCount);
}, 120_000);
afterAll(async () => {
  await dashboards.stop();
  await installation.stop();
  await rm(folder, { recursive: true, force: true });
});

const everybodyIsConnected = () =>
  waitFor("all dashboards to be connected", async () => dashboards.all.every((each) => each.isConnected()), 60_000);

test("F15: nobody misses or repeats an event, and everybody is sent away politely", async () => {
  await everybodyIsConnected();
  const over = new AbortController();
  const writing = Promise.all(
    directory.customers.slice(0, writerCount).map((customer) => write(installation, directory, customer, over.signal)),
  );
  try {
    for (const server of installation.servers) {
      expect(await server.terminate()).toBe(0);
      await server.start();
      await everybodyIsConnected();
    }
  } finally {
    over.abort();
    await writing;
  }
  expect(await dashboards.verify()).toBeGreaterThan(0);
  expect(new Set(dashboards.all.flatMap(({ closings }) => closings))).toEqual(new Set([1001]));
  expect(installation.servers.flatMap((server) => server.complaints())).toEqual([]);
}, 300_000);
