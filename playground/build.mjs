// Builds the playground into dist/playground, unless what lies there was built from the same sources.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const sources = import.meta.dirname;
const stampFile = join(sources, "../dist/playground/.built-from");

/** A digest of all that the bundle is made from. */
function fingerprint() {
  const hash = createHash("sha256");
  const files = readdirSync(sources, { recursive: true }).map((name) => join(sources, name));
  for (const file of [...files.sort(), join(sources, "../package-lock.json")]) {
    if (statSync(file).isFile()) hash.update(file.slice(sources.length)).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function builtFrom() {
  try {
    return readFileSync(stampFile, "utf8");
  } catch {
    return null;
  }
}

const wanted = fingerprint();
if (builtFrom() !== wanted) {
  console.log("Building the playground (some seconds, once) …");
  const { build } = await import("vite");
  await build({ configFile: join(sources, "vite.config.mts"), logLevel: "error" });
  writeFileSync(stampFile, wanted);
}
