// npm run bench -- NAME [options]: measures Changeover beside its limits and its peers, in one run.
import { spawnSync } from "node:child_process";

const benches = { feed: "feed/feed.mjs" };
const [name, ...options] = process.argv.slice(2);
const file = benches[name];
if (file === undefined) {
  console.error(
    `usage: npm run bench -- NAME [options]\n\n  feed [--subscribers 2000,10000] [--events 50]   the live feed`,
  );
  process.exit(name === undefined || name === "--help" ? 0 : 2);
}
const { status } = spawnSync(process.execPath, [new URL(file, import.meta.url).pathname, ...options], {
  stdio: "inherit",
});
process.exit(status ?? 1);
