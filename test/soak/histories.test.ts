import { useHistories } from "../support/histories/testHistories";
import { isLong } from "./support/isLong";

/**
 * Random histories from a fresh seed, which SOAK_SEED repeats: as many as two hours hold, and at least 3,000. The
 * first one that breaks an invariant ends the test.
 */
const seed = Number(process.env["SOAK_SEED"] ?? Math.floor(Math.random() * 2 ** 30));
const milliseconds = isLong ? 2 * 3_600_000 : 0;
const least = isLong ? 3_000 : 30;

const histories = useHistories();

test(
  "no answer contradicts another in random histories",
  async () => {
    const end = Date.now() + milliseconds;
    let count = 0;
    try {
      for (; count < least || Date.now() < end; count += 1) await histories.check(seed + count);
    } finally {
      process.stdout.write(`random histories: ${count} without a contradiction, from SOAK_SEED=${seed}\n`);
    }
    expect(histories.missing()).toEqual([]);
  },
  milliseconds + 4 * 3_600_000,
);
