import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stateDiagram } from "../../../src/domain/stateDiagram";
import { endings, legalMoves } from "./legalMoves";

const page = stateDiagram();

test("docs/state-diagram.md is what the transition table gives: after a change run `npm run docs` and commit the file", () => {
  expect(readFileSync(join(__dirname, "../../../docs/state-diagram.md"), "utf8")).toBe(page);
});

test("draws every move between statuses and no other", () => {
  const drawn = [...page.matchAll(/^ {2}(\w+) --> (\w+): (\w+) /gm)].map(([, from, to, action]) => [from, action, to]);
  const moves = legalMoves.filter(([from, , , to]) => from !== to).map(([from, action, , to]) => [from, action, to]);
  expect(drawn.sort()).toEqual(moves.sort());
  expect(page).toContain("  [*] --> IN_PROGRESS: INITIATE (customer)\n");
});

test("draws the ends", () => {
  const ends = [...page.matchAll(/^ {2}(\w+) --> \[\*\]$/gm)].map(([, end]) => end);
  expect(ends.sort()).toEqual([...endings].sort());
});
