/** One reading of /metrics. */
export interface Metrics {
  readonly text: string;
  /** The sum of a series over all that have these labels' values; null when there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | null;
}

/** Reads a node's metrics. */
export async function readMetrics(url: string): Promise<Metrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return {
    text,
    value(name, labels = {}) {
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      const found = lines.filter(
        (line) => /^[\w:]+/.exec(line)?.[0] === name && wanted.every((pair) => line.includes(pair)),
      );
      if (found.length === 0) return null;
      return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
    },
  };
}
