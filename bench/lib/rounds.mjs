// Interleaved rounds: each contestant in turn, several times, so that what the machine does meanwhile hits all alike.

/** Measures each contestant once in each round; `measure` gives figures. Gives the median and the spread of each figure. */
export async function inRounds(contestants, rounds, measure) {
  const figures = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of contestants) figures.get(contestant.name).push(await measure(contestant));
  }
  return new Map([...figures].map(([name, measured]) => [name, summary(measured)]));
}

/** Of each figure its median, and under `spread` how far the rounds were apart, as a part of the median. */
function summary(measured) {
  const result = { spread: {} };
  for (const key of Object.keys(measured[0])) {
    const values = measured.map((figures) => figures[key]).toSorted((one, other) => one - other);
    result[key] = values[Math.floor(values.length / 2)];
    result.spread[key] = (values.at(-1) - values[0]) / result[key];
  }
  return result;
}
