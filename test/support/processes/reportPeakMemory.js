const { readFileSync } = require("node:fs");

/** For `node --require`: tells at its end the most memory that the process ever had resident, in kB (Linux). */
process.once("exit", () => {
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  process.stderr.write(`peak of memory: ${peak} kB\n`);
});
