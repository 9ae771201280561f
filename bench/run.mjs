// npm run bench -- NAME [options]: measures Changeover beside its limits and its peers, in one run.
import { spawnSync } from "node:child_process";

const benches = {
  seed: "seed/seedCommand.mjs",
  pages: "pages/pages.mjs",
  writes: "writes/writes.mjs",
  import: "import/import.mjs",
  growth: "growth/growth.mjs",
  feed: "feed/feed.mjs",
};
/** What a run without a name measures. */
const all = ["pages", "growth", "writes", "import", "feed"];
const usage = `usage: npm run bench -- [NAME [options]]; without a name, all of them

  pages [--records 100000] [--only WORDS] [--rounds 5] [--seconds 2] [--warm 8] [--no-peers]
  writes [--records 10000] [--operations 960] [--rounds 3]
  growth [--records 10000,100000,1000000] [--rounds 3] [--seconds 1]
  import [--accounts 100000] [--rounds 3]
  feed  [--subscribers 2000,10000] [--events 50] [--rounds 3]
  seed  [--records 100000]     makes the database for so many records beforehand

--print leaves bench/RESULTS.md as it is.
`;

const [name, ...options] = process.argv.slice(2);
if (name === "--help" || (name !== undefined && !(name in benches))) {
  console.error(usage);
  process.exit(name === "--help" ? 0 : 2);
}
for (const each of name === undefined ? all : [name]) {
  const { status } = spawnSync(process.execPath, [new URL(benches[each], import.meta.url).pathname, ...options], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}
