import { text } from "node:stream/consumers";
import { checkSync } from "recheck";

/**
 * Reads a JSON list of regular expressions, each a pattern and flags, and prints a list of the diagnostics of recheck.
 * A program of its own, because recheck takes ten times as long inside Jest. RECHECK_SYNC_BACKEND=pure: no program is
 * started.
 */
process.env.RECHECK_SYNC_BACKEND = "pure";
const expressions = JSON.parse(await text(process.stdin));
const params = { checker: "automaton", timeout: 30_000 };
console.log(JSON.stringify(expressions.map(({ pattern, flags }) => checkSync(pattern, flags, params))));
