import { fits, isBefore, type EventFilter, type EventRow, type FeedPosition } from "../db/eventLog";
import type { Viewer } from "../domain/model";
import type { Delivery } from "./feedDelivery";

/** Deliveries that wait for a subscriber, at most; one that is further behind goes back to reading the log. */
const maxWaiting = 500;

/** Who subscribes, to what, and what the node's one reader has for it. */
export class FeedSubscriber {
  /** Handed each new event; otherwise behind, and reading the log itself. */
  isLive = false;
  readonly #waiting: Delivery[] = [];
  #wake: () => void = () => {};

  constructor(
    readonly email: string,
    readonly isOperations: boolean,
    readonly filter: EventFilter,
    /** How far it has come: what lies before was handed out, waits, or is not for it. */
    public position: FeedPosition,
  ) {}

  /** Takes an event that concerns the viewer, if it is one that it is after and has not had. */
  offer(event: EventRow, viewer: Viewer, delivery: () => Delivery): void {
    if (!this.isLive || !isBefore(this.position, event) || !fits(event, this.filter, viewer)) return;
    if (this.#waiting.length >= maxWaiting) return this.fallBehind();
    this.#waiting.push(delivery());
    this.#wake();
  }

  /** The next delivery that waits. */
  take(): Delivery | undefined {
    const delivery = this.#waiting.shift();
    if (delivery !== undefined) this.position = delivery.event;
    return delivery;
  }

  /** Loses what waits, and nothing else: it is in the log. */
  fallBehind(): void {
    this.isLive = false;
    this.#waiting.length = 0;
    this.#wake();
  }

  /** Resolves as soon as something waits or the subscriber is behind. */
  async something(): Promise<void> {
    if (this.#waiting.length > 0 || !this.isLive) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
