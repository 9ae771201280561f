import { waitFor } from "../../support/waitFor";
import { operator } from "./directory";
import { watchStream } from "./eventStreams";
import type { Installation, Server } from "./installation";
import { startSlowLink } from "./slowLink";
import { feedCursorOf, readFeed, watch, type SeenEvent } from "./subscribers";

/**
 * Stock clients of an operator, who is told of everything, each behind a link that lets a kilobyte a second through.
 */
export interface SlowReaders {
  /** From now on they read as fast as they can. */
  hurry(): void;
  /**
   * Each was let go of, came back, and has exactly what the log holds, in the log's order. Gives how many events each
   * has.
   */
  verify(): Promise<number>;
  stop(): Promise<void>;
}

interface SlowReader {
  readonly events: readonly SeenEvent[];
  readonly ended: readonly unknown[];
  /** How often it connected. */
  connections(): number;
  stop(): Promise<void>;
}

const aliases = Array.from({ length: 10 }, (_, index) => `${"long".repeat(150)}${index}: id`).join(" ");
/** Much of each event, so that the buffers of the two kernels are full soon. */
const selection = `id cursor ${aliases}`;

/** Opens one over a WebSocket and one over an event stream. */
export async function openSlowReaders(installation: Installation): Promise<SlowReaders> {
  const start = await feedCursorOf(installation, operator);
  const [server] = installation.servers;
  const links = [await startSlowLink(server.url), await startSlowLink(server.url)] as const;
  const slow = [
    { ...server, url: links[0].url },
    { ...server, url: links[1].url },
  ] as const;
  const readers = [
    bySocket(installation, slow[0], start),
    watchStream({ ...installation, servers: [slow[1], slow[1]] }, operator, 0, start, selection),
  ];
  return {
    hurry: () => links.forEach((link) => link.hurry()),
    async verify() {
      const log = await readFeed(installation, operator, start);
      for (const { events, ended, connections } of readers) {
        await waitFor(`${log.length} events`, async () => events.length >= log.length, 60_000);
        expect(ended).toEqual([]);
        expect(events.map(({ id, cursor }) => ({ id, cursor }))).toEqual(log);
        expect(connections()).toBeGreaterThan(1);
      }
      return log.length;
    },
    async stop() {
      for (const reader of readers) await reader.stop();
      for (const link of links) await link.stop();
    },
  };
}

function bySocket(installation: Installation, link: Server, start: string): SlowReader {
  const subscriber = watch({ ...installation, servers: [link, link] }, operator, 0, start, selection);
  return { ...subscriber, connections: () => subscriber.closings.length + 1 };
}
