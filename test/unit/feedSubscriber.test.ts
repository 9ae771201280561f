import fc from "fast-check";
import type { EventRow, FeedPosition } from "../../src/db/eventLog";
import { furthest, isBefore, isSame } from "../../src/db/eventLog";
import { InvalidCursorError } from "../../src/domain/errors";
import type { Viewer } from "../../src/domain/model";
import { deliveriesTo } from "../../src/services/feedDelivery";
import { FeedSubscriber, type FeedPage } from "../../src/services/feedSubscriber";

/** A subscriber between a log and a tail that are played by hand: whatever comes in whatever order, it gets every event once. */

const viewer: Viewer = { email: "kim", displayName: null, isOperations: true, isEnterpriseAdmin: false, partner: null };
const beginning: FeedPosition = { transactionId: "0", position: "0", id: "" };
const pageLength = 3;

let now = 0;
beforeEach(() => {
  jest.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

class World {
  readonly log: EventRow[] = [];
  readonly taken: string[] = [];
  /** What ended the feed. */
  failure: unknown = null;
  #written = 0;
  #asked: { page: FeedPage; answer(page: FeedPage): void } | null = null;
  #isJoined = false;
  #isAhead = false;
  #place: FeedPosition | null = null;
  readonly subscriber: FeedSubscriber;

  constructor() {
    const join = (subscriber: FeedSubscriber) => {
      this.#isJoined = true;
      this.#place ??= subscriber.readEnd;
      const { readEnd } = subscriber;
      this.#isAhead = !isBefore(readEnd, this.#place) && !isSame(readEnd, this.#place);
      return this.#place;
    };
    const leave = () => {
      this.#isJoined = false;
    };
    const nextPage = (after: FeedPosition) =>
      new Promise<FeedPage>((answer) => {
        this.#asked = { page: this.#pageAfter(after), answer };
      });
    this.subscriber = new FeedSubscriber({
      email: viewer.email,
      isOperations: true,
      filter: {},
      position: beginning,
      tail: { join, leave },
      nextPage,
    });
  }

  #after(place: FeedPosition): EventRow[] {
    return this.log.filter((event) => isBefore(place, event));
  }

  append(count = 1): void {
    for (let one = 0; one < count; one += 1) {
      const place = { transactionId: String(this.log.length + 1), position: "1", id: `event ${this.#written}` };
      this.log.push(place as EventRow);
      this.#written += 1;
    }
  }

  /** The database loses its last two changes, whose transaction ids others get. */
  lose(): void {
    this.log.splice(-2);
  }

  #end(): FeedPosition {
    return this.log.at(-1) ?? beginning;
  }

  #isAstray({ id }: FeedPosition): boolean {
    return id !== "" && !idsOf(this.log).includes(id);
  }

  /** The tail reads on. */
  dispatch(): void {
    if (this.#place === null) return;
    const after = this.#place;
    if (this.#isAstray(after)) {
      this.#place = null;
      if (this.#isJoined) this.subscriber.fallBehind(after);
      return;
    }
    const events = this.#after(after);
    this.#place = this.#end();
    if (!this.#isJoined) return;
    const isLost = this.#isAhead && !idsOf(events).includes(this.subscriber.readEnd.id);
    this.#isAhead = false;
    if (isLost) return this.subscriber.fallBehind(after);
    this.subscriber.offer(deliveriesTo(viewer, events), after);
  }

  tailFails(): void {
    if (this.#place !== null && this.#isJoined) this.subscriber.fallBehind(this.#place);
  }

  #pageAfter(place: FeedPosition): FeedPage {
    const events = this.#after(place);
    const hasMore = events.length > pageLength;
    const page = events.slice(0, pageLength);
    const next = hasMore ? page.at(-1) : furthest(place, this.#end());
    return { deliveries: deliveriesTo(viewer, page), next: next ?? place, hasMore, isAstray: this.#isAstray(place) };
  }

  /** The page arrives that was asked for; it holds what the log held then. */
  async page(): Promise<void> {
    const asked = this.#asked;
    this.#asked = null;
    asked?.answer(asked.page);
    await new Promise(setImmediate);
  }

  take(): void {
    try {
      const delivery = this.subscriber.take();
      if (delivery !== undefined) this.taken.push(delivery.event.id);
    } catch (error) {
      this.failure = error;
    }
  }

  async finish(): Promise<void> {
    for (let turn = 0; turn < 5 * (this.log.length + 5); turn += 1) {
      this.take();
      await this.page();
      this.dispatch();
    }
  }
}

const steps: Record<string, (world: World) => unknown> = {
  append: (world) => world.append(),
  burst: (world) => world.append(4),
  dispatch: (world) => world.dispatch(),
  tailFails: (world) => world.tailFails(),
  page: (world) => world.page(),
  take: (world) => world.take(),
  age: () => (now += 2_000),
  lose: (world) => world.lose(),
};

const names = ["append", "burst", "dispatch", "tailFails", "page", "page", "take", "take", "take", "age"];

/** Plays what may happen in random orders, and then all to its end. */
async function play(more: readonly string[], verify: (world: World) => void): Promise<void> {
  const sequences = fc.array(fc.constantFrom(...names, ...more), { minLength: 20, maxLength: 80, size: "max" });
  const run = async (sequence: readonly string[]) => {
    const world = new World();
    for (const name of sequence) await steps[name]?.(world);
    await world.finish();
    verify(world);
  };
  await fc.assert(fc.asyncProperty(sequences, run), { numRuns: 300 });
}

const idsOf = (log: readonly EventRow[]) => log.map(({ id }) => id);

test("whatever happens in whatever order, it is given every event once, in the log's order", async () => {
  await play([], ({ taken, log, failure }) => expect([taken, failure]).toEqual([idsOf(log), null]));
});

test("if the database loses what it was told, it is told so; if not, it is given every event of the log that there is", async () => {
  let ended = 0;
  await play(["lose"], ({ taken, log, failure }) => {
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
  world.dispatch();
  expect(world.subscriber.ahead()).toEqual([]);
  await world.finish();
  expect(world.taken).toEqual(idsOf(world.log));
});

test("what has waited for a while is read again before it is handed out: rights may have gone", async () => {
  const world = await live();
  world.append(2);
  world.dispatch();
  now += 2_000;
  world.take();
  expect(world.taken).toEqual([]);
  await world.page();
  world.take();
  expect(world.taken).toEqual(["event 0"]);
});

test("after a long silence it reads on from where it was offered everything, not from its last event", async () => {
  const world = await live();
  world.append(50);
  jest.spyOn(world.subscriber, "offer").mockImplementation(() => {}); // not for this viewer
  world.dispatch();
  jest.mocked(world.subscriber.offer).mockRestore();
  world.tailFails();
  world.take();
  await world.page();
  world.take();
  expect(world.taken).toEqual([]);
});

test("nothing is announced or handed out after the end", async () => {
  const world = await live();
  world.append();
  world.dispatch();
  const onMore = jest.fn();
  world.subscriber.onMore = onMore;
  world.subscriber.end();
  world.dispatch();
  world.take();
  expect(world.taken).toEqual([]);
  expect(onMore).not.toHaveBeenCalled();
});
