import { formatProblem, ImportProblems, maxListed } from "../../src/services/directoryImport/importProblems";

const at = (file: string, line: number) => ({ file, line, column: "name", message: "is blank" });

test("writes a problem as file:line: column: what is wrong, without the column when the row is wrong", () => {
  expect(formatProblem(at("customers.csv", 3))).toBe("customers.csv:3: name: is blank");
  expect(formatProblem({ ...at("customers.csv", 3), column: null })).toBe("customers.csv:3: is blank");
});

test("lists problems in the order of files and lines", () => {
  const problems = new ImportProblems();
  problems.add(at("b.csv", 2));
  problems.addAll([at("a.csv", 9), at("a.csv", 4)], 2);
  expect(problems.list(["a.csv", "b.csv"]).map(formatProblem)).toEqual([
    "a.csv:4: name: is blank",
    "a.csv:9: name: is blank",
    "b.csv:2: name: is blank",
  ]);
});

test("counts every problem and keeps the first thousand", () => {
  const problems = new ImportProblems();
  for (let line = 1; line <= 2500; line += 1) problems.add(at("a.csv", line));
  expect(problems.count).toBe(2500);
  expect(problems.list(["a.csv"])).toHaveLength(maxListed);
});
