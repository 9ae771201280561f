import fc from "fast-check";
import type { EventRow, FeedPosition } from "../../src/db/eventLog";
import { isBefore } from "../../src/db/eventLog";
import type { Viewer } from "../../src/domain/model";
import { deliveriesTo } from "../../src/services/feedDelivery";
import { FeedSubscriber, type FeedPage } from "../../src/services/feedSubscriber";

/** A subscriber between a log and a tail that are played by hand: whatever comes in whatever order, it gets every event once. */

const viewer: Viewer = { email: "kim", displayName: null, isOperations: true, isEnterpriseAdmin: false, partner: null };
/** The place of the event with this number, counted from one, which is the end of a log of as many. */
const at = (count: number): FeedPosition => ({ transactionId: String(count), position: "1" });
const pageLength = 3;

let now = 0;
beforeEach(() => {
  jest.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

class World {
  readonly log: EventRow[] = [];
  readonly taken: string[] = [];
  #asked: { page: FeedPage; answer(page: FeedPage): void } | null = null;
  #isJoined = false;
  #place: FeedPosition | null = null;
  readonly subscriber: FeedSubscriber;

  constructor() {
    const join = (subscriber: FeedSubscriber) => {
      this.#isJoined = true;
      return (this.#place ??= subscriber.readEnd);
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
      position: at(0),
      tail: { join, leave },
      nextPage,
    });
  }

  #after(place: FeedPosition): EventRow[] {
    return this.log.filter((event) => isBefore(place, event));
  }

  append(count = 1): void {
    for (let one = 0; one < count; one += 1) {
      this.log.push({ id: `event ${this.log.length}`, ...at(this.log.length + 1) } as EventRow);
    }
  }

  /** The tail reads on. */
  dispatch(): void {
    if (this.#place === null) return;
    const after = this.#place;
    if (this.#isJoined) this.subscriber.offer(deliveriesTo(viewer, this.#after(after)), after);
    this.#place = at(this.log.length);
  }

  tailFails(): void {
    if (this.#place !== null && this.#isJoined) this.subscriber.fallBehind(this.#place);
  }

  #pageAfter(place: FeedPosition): FeedPage {
    const events = this.#after(place);
    const hasMore = events.length > pageLength;
    const page = events.slice(0, pageLength);
    const next = (hasMore && page.at(-1)) || at(this.log.length);
    return { deliveries: deliveriesTo(viewer, page), next, hasMore };
  }

  /** The page arrives that was asked for; it holds what the log held then. */
  async page(): Promise<void> {
    const asked = this.#asked;
    this.#asked = null;
    asked?.answer(asked.page);
    await new Promise(setImmediate);
  }

  take(): void {
    const delivery = this.subscriber.take();
    if (delivery !== undefined) this.taken.push(delivery.event.id);
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
};

test("whatever happens in whatever order, it is given every event once, in the log's order", async () => {
  const names = ["append", "burst", "dispatch", "tailFails", "page", "page", "take", "take", "take", "age"];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...names), { minLength: 20, maxLength: 80, size: "max" }),
      async (sequence) => {
        const world = new World();
        for (const name of sequence) await steps[name]?.(world);
        await world.finish();
        expect(world.taken).toEqual(world.log.map(({ id }) => id));
      },
    ),
    { numRuns: 300 },
  );
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
  expect(world.taken).toEqual(world.log.map(({ id }) => id));
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
