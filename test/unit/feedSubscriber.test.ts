import { clockOf } from "../support/data/clockOf";
import fc from "fast-check";
import {
  beginning,
  isBefore,
  batchOf,
  type EventRow,
  type EventBatch,
  type FeedPosition,
} from "../../src/db/feed/eventLog";
import type { Recipients, LogBatch } from "../../src/db/feed/logTail";
import { InvalidCursorError } from "../../src/domain/errors";
import { createLogger } from "../../src/logger";
import { deliveriesTo, viewerOf } from "../../src/services/feed/delivery";
import { FeedSubscriber, type FeedPage } from "../../src/services/feed/subscriber";
import { LogTailer } from "../../src/services/feed/tailer";

/**
 * A log that is played by hand under the log tailer of a node and one subscriber: in every order of events it gets
 * each event once.
 */

const partnerId = "partner";
const recipients: Recipients = {
  emails: ["kim"],
  accountIds: [],
  hasRole: false,
  isEnterpriseAdmin: false,
  partnerId,
  canRespond: true,
};
const viewer = viewerOf(recipients, false);
const pageLength = 3;
/** Of events that the subscriber may not see. */
const otherPartnerId = "another partner";
const idsOf = (log: readonly EventRow[]) => log.map(({ id }) => id);

let now = 0;
beforeEach(() => {
  jest.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

/** What somebody has asked for: it gets what the log held then, when that arrives. */
interface Asked<Answer> {
  readonly found: Answer;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** Counts how often the log tailer sends it back to the log. */
class CountingSubscriber extends FeedSubscriber {
  falls = 0;

  override fallBehind(place: FeedPosition): void {
    this.falls += 1;
    super.fallBehind(place);
  }
}

class World {
  readonly log: EventRow[] = [];
  readonly taken: string[] = [];
  /** What ended the feed. */
  failure: unknown = null;
  readonly subscriber: CountingSubscriber;
  /** Where it began to read its last page. */
  readFrom: FeedPosition = beginning;
  readonly #tail: LogTailer;
  #written = 0;
  #page: Asked<FeedPage> | null = null;
  #stretch: Asked<LogBatch> | null = null;
  #wake: () => void = () => {};

  constructor() {
    const notifications = { wait: () => new Promise<void>((resolve) => (this.#wake = resolve)), stop: async () => {} };
    const readLog = (after: FeedPosition) =>
      new Promise<LogBatch>((resolve, reject) => {
        const found = { ...this.#after(after, Infinity, this.log), recipients: [recipients] };
        this.#stretch = { found, resolve, reject };
      });
    const clock = clockOf(() => new Date());
    this.#tail = new LogTailer({ notifications, readLog, clock, logger: createLogger("silent", "json") });
    const nextPage = (after: FeedPosition) =>
      new Promise<FeedPage>((resolve, reject) => {
        this.readFrom = after;
        const visible = this.log.filter((event) => event.newPartnerId === partnerId);
        const stretch = this.#after(after, pageLength, visible);
        const found = { ...stretch, deliveries: deliveriesTo(viewer, stretch.events) };
        this.#page = { found, resolve, reject };
      });
    const options = { email: viewer.email, isOperations: false, filter: {}, position: beginning };
    this.subscriber = new CountingSubscriber({ ...options, liveFeed: this.#tail, nextPage });
  }

  #after(place: FeedPosition, limit: number, log: readonly EventRow[]): EventBatch {
    const found = log.filter((event) => isBefore(place, event));
    const { transactionId, position, id } = this.log.at(-1) ?? beginning;
    const isUnknownOffset = place.id !== "" && !idsOf(this.log).includes(place.id);
    const bounds = { feedEnd: [transactionId, position, id].join(" "), isUnknownOffset };
    return batchOf(found.slice(0, limit + 1), bounds, place, limit);
  }

  append(count = 1, newPartnerId = partnerId): void {
    for (let one = 0; one < count; one += 1) {
      const place = { transactionId: String(this.log.length + 1), position: "1", id: `event-${this.#written}` };
      this.log.push({ ...place, newPartnerId } as EventRow);
      this.#written += 1;
    }
  }

  /** The database loses its last two changes, whose numbers others get. */
  lose(): void {
    this.log.splice(-2);
  }

  /** What the tail has asked for arrives. */
  async stretch(): Promise<void> {
    const asked = this.#stretch;
    this.#stretch = null;
    asked?.resolve(asked.found);
    await turn();
  }

  async tailFails(): Promise<void> {
    const asked = this.#stretch;
    this.#stretch = null;
    asked?.reject(new Error("for no good reason"));
    await turn();
  }

  /** The tail asks again. */
  async wake(): Promise<void> {
    this.#wake();
    await turn();
  }

  /** What the subscriber has asked for arrives. */
  async page(): Promise<void> {
    const asked = this.#page;
    this.#page = null;
    asked?.resolve(asked.found);
    await turn();
  }

  take(): void {
    try {
      const delivery = this.subscriber.take();
      if (delivery !== undefined) this.taken.push(delivery.event.id);
    } catch (error) {
      this.failure = error;
    }
  }

  /** The tail reads to the log's end. */
  async dispatch(): Promise<void> {
    await this.stretch();
    await this.wake();
    await this.stretch();
  }

  async finish(): Promise<void> {
    for (let count = 0; count < 5 * (this.log.length + 5); count += 1) {
      this.take();
      await this.page();
      await this.dispatch();
    }
  }
}

/** Whatever was waited for has gone on. */
const turn = () => new Promise(setImmediate);

const steps: Record<string, (world: World) => unknown> = {
  append: (world) => world.append(),
  burst: (world) => world.append(4),
  wake: (world) => world.wake(),
  stretch: (world) => world.stretch(),
  tailFails: (world) => world.tailFails(),
  page: (world) => world.page(),
  take: (world) => world.take(),
  age: () => (now += 2_000),
  lose: (world) => world.lose(),
};

const names = ["append", "burst", "wake", "stretch", "stretch", "page", "page", "take", "take", "take", "age"];

/** Plays what may happen in random orders, and then all to its end. */
async function play(possible: readonly string[], verify: (world: World) => void): Promise<void> {
  const sequences = fc.array(fc.constantFrom(...possible), { minLength: 20, maxLength: 80, size: "max" });
  const run = async (sequence: readonly string[]) => {
    const world = new World();
    for (const name of sequence) await steps[name]?.(world);
    await world.finish();
    verify(world);
  };
  await fc.assert(fc.asyncProperty(sequences, run), { numRuns: 120 });
}

test("whatever happens in whatever order, it is given every event once, in the log's order", async () => {
  await play([...names, "tailFails"], ({ taken, log, failure }) =>
    expect([taken, failure]).toEqual([idsOf(log), null]),
  );
});

test("as long as nothing fails it does not fall behind, whatever was under way when it joined", async () => {
  await play(names, ({ subscriber }) => expect(subscriber.falls).toBe(0));
});

test("if the database loses what it was told, it is told so; if not, it is given every event of the log that there is", async () => {
  let ended = 0;
  await play([...names, "lose", "tailFails"], ({ taken, log, failure }) => {
    if (taken.every((id) => idsOf(log).includes(id))) return expect([taken, failure]).toEqual([idsOf(log), null]);
    expect(failure).toBeInstanceOf(InvalidCursorError);
    ended += 1;
  });
  expect(ended).toBeGreaterThan(0);
});

/** Caught up and live. */
async function live(): Promise<World> {
  const world = new World();
  world.take();
  await world.page();
  world.take();
  return world;
}

test("what waits for too many is let go of, and read in the log", async () => {
  const world = await live();
  world.append(501);
  await world.dispatch();
  expect(world.subscriber.ahead()).toEqual([]);
  await world.finish();
  expect(world.taken).toEqual(idsOf(world.log));
});

test("what has waited for a while is read again before it is handed out: rights may have gone", async () => {
  const world = await live();
  world.append(2);
  await world.dispatch();
  now += 2_000;
  world.take();
  expect(world.taken).toEqual([]);
  await world.page();
  world.take();
  expect(world.taken).toEqual(["event-0"]);
});

test("after a long silence it reads on from the last event that it was offered or was not for it, not from its own last event", async () => {
  const world = await live();
  world.append();
  await world.dispatch();
  world.take();
  world.append(50, otherPartnerId);
  await world.dispatch();
  await world.wake();
  await world.tailFails();
  world.take();
  expect([world.readFrom.id, world.taken]).toEqual(["event-50", ["event-0"]]);
});

test("nothing is announced or handed out after the end", async () => {
  const world = await live();
  world.append();
  await world.dispatch();
  const onMore = jest.fn();
  world.subscriber.onMore = onMore;
  world.subscriber.end();
  await world.dispatch();
  world.take();
  expect(world.taken).toEqual([]);
  expect(onMore).not.toHaveBeenCalled();
});
