import { waitFor } from "../../support/waitFor";
import { watchStream } from "./eventStreams";
import type { Installation } from "./installation";
import { feedCursorOf, readFeed, watch, type SeenEvent, type Subscriber, type Watcher } from "./subscribers";

/**
 * Many dashboards of several people, spread over the nodes, each from where its person's feed stood at the beginning.
 */
export interface Dashboards<Kind extends Watcher = Subscriber> {
  readonly all: readonly Kind[];
  of(email: string): readonly Kind[];
  /**
   * Each has exactly what the log holds for its person, in the log's order. Gives how many events they have together.
   */
  verify(): Promise<number>;
  stop(): Promise<void>;
}

type Watch<Kind> = (installation: Installation, email: string, node: number, start: string) => Kind;

/** Opens so many over sockets. */
export async function openDashboards(
  installation: Installation,
  people: readonly string[],
  count: number,
  nodes?: number,
): Promise<Dashboards> {
  return await openWatchers(watch, installation, people, { count, nodes });
}

/** Opens so many over event streams. */
export async function openStreams(
  installation: Installation,
  people: readonly string[],
  count: number,
): Promise<Dashboards<Watcher>> {
  return await openWatchers(watchStream, installation, people, { count });
}

async function openWatchers<Kind extends Watcher>(
  watchOne: Watch<Kind>,
  installation: Installation,
  people: readonly string[],
  { count, nodes = installation.servers.length }: { readonly count: number; readonly nodes?: number | undefined },
): Promise<Dashboards<Kind>> {
  const starts = new Map<string, string>();
  for (const email of people) starts.set(email, await feedCursorOf(installation, email));
  const all = Array.from({ length: count }, (_, index) => {
    const email = people[index % people.length] ?? "";
    // A person's dashboards are spread over the nodes.
    return watchOne(installation, email, Math.floor(index / people.length) % nodes, starts.get(email) ?? "");
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
