import { waitFor } from "../../support/waitFor";
import type { Installation } from "./installation";
import { feedCursorOf, readFeed, watch, type SeenEvent, type Subscriber } from "./subscribers";

/** Many dashboards of several people, spread over the nodes, each from where its person's feed stood at the beginning. */
export interface Dashboards {
  readonly all: readonly Subscriber[];
  of(email: string): readonly Subscriber[];
  /** Each has exactly what the log holds for its person, in the log's order. Gives how many events they have together. */
  verify(): Promise<number>;
  stop(): Promise<void>;
}

export async function openDashboards(
  installation: Installation,
  people: readonly string[],
  count: number,
  nodes: number = installation.servers.length,
): Promise<Dashboards> {
  const starts = new Map<string, string>();
  for (const email of people) starts.set(email, await feedCursorOf(installation, email));
  const all = Array.from({ length: count }, (_, index) => {
    const email = people[index % people.length] ?? "";
    // A person's dashboards are spread over the nodes.
    return watch(installation, email, Math.floor(index / people.length) % nodes, starts.get(email) ?? "");
  });
  const of = (email: string) => all.filter((dashboard) => dashboard.email === email);
  return {
    all,
    of,
    async verify() {
      for (const [email, start] of starts) {
        const log: SeenEvent[] = await readFeed(installation, email, start);
        for (const { events, ended } of of(email)) {
          await waitFor(`${log.length} events`, async () => events.length >= log.length, 30_000).catch(() => undefined);
          expect(ended).toEqual([]);
          expect(events).toEqual(log);
        }
      }
      return all.reduce((sum, { events }) => sum + events.length, 0);
    },
    stop: async () => void (await Promise.all(all.map((dashboard) => dashboard.stop()))),
  };
}
