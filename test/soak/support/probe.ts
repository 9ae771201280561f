import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { withClient } from "../../support/api/testServer";
import { ask } from "./ask";
import { operator, type Customer, type Directory } from "./directory";
import { watchStream } from "./eventStreams";
import type { Installation } from "./installation";
import { feedCursorOf, watch, type SeenEvent, type Watcher } from "./subscribers";
import { changesTo, initiate, moves, sign, type Answers } from "./writers";

/** Milliseconds from a repair until each part did its work again. */
export interface Recovery {
  /** Each server has answered a query that reads the database. */
  readonly requests: number;
  /** A socket and an event stream at each server have received a new event. */
  readonly feed: number;
  /** A worker has finished a cancellation. */
  readonly worker: number;
  /** The mail server has taken a new request's email. */
  readonly email: number;
}

/** Milliseconds after which a part counts as not recovered at all. */
const patience = 90_000;

/** A customer of its own that measures how long each part needs after a repair. */
export class Probe {
  /** What its commands returned, for the comparison with the tables. */
  readonly answers: Answers = { requestIds: [], acknowledged: [], refused: [] };
  readonly #installation: Installation;
  readonly #directory: Directory;
  readonly #customer: Customer;
  readonly #accountIds: readonly string[];
  readonly #watchers: readonly Watcher[];
  #turn = 0;

  private constructor(
    installation: Installation,
    [directory, customer]: readonly [Directory, Customer],
    accountIds: readonly string[],
    watchers: readonly Watcher[],
  ) {
    this.#installation = installation;
    this.#directory = directory;
    this.#customer = customer;
    this.#accountIds = accountIds;
    this.#watchers = watchers;
  }

  static async open(installation: Installation, directory: Directory, customer: Customer): Promise<Probe> {
    const list = "{ billingAccounts(first: 100) { nodes { id } } }";
    const { billingAccounts } = await ask(installation, customer.admin, list);
    const start = await feedCursorOf(installation, operator);
    const watchers = installation.servers.flatMap((server) => {
      const only = { ...installation, servers: [server, server] as const };
      return [watch(only, operator, 0, start, selection), watchStream(only, operator, 0, start, selection)];
    });
    const accountIds = billingAccounts.nodes.map(({ id }: { id: string }) => id);
    return new Probe(installation, [directory, customer], accountIds, watchers);
  }

  /** Measures once, from now on. Rejects when a part does not come back. */
  async measure(): Promise<Recovery> {
    const repaired = performance.now();
    const since = () => Math.round(performance.now() - repaired);
    for (const server of this.#installation.servers) {
      await ask(
        { ...this.#installation, servers: [server, server] },
        operator,
        "{ cocpRecords(first: 1) { totalCount } }",
      );
    }
    const requests = since();
    const [one, other] = [await this.#submit(), await this.#submit()];
    const [feed, email, worker] = await Promise.all([
      this.#untilSeen(one.requestId, "INITIATED").then(since),
      this.#untilMailed(one.requestId).then(since),
      this.#cancel(other)
        .then(() => this.#untilCanceled(other.requestId))
        .then(since),
    ]);
    await this.#cancel(one); // so that its account can be used again
    return { requests, feed, worker, email };
  }

  async stop(): Promise<void> {
    for (const watcher of this.#watchers) await watcher.stop();
  }

  async #submit() {
    const { admin } = this.#customer;
    const partner = this.#directory.partners[0];
    const billingAccountId = this.#accountIds[this.#turn++ % this.#accountIds.length];
    if (partner === undefined || billingAccountId === undefined) throw new Error("The directory is empty");
    const changes = changesTo(partner, [billingAccountId]);
    const signature = await sign(this.#installation, this.#customer, changes);
    const input = { changes, signature, idempotencyKey: randomUUID() };
    const { request, userErrors } = (await ask(this.#installation, admin, initiate, { input })).initiateCocp;
    if (request === null) throw new Error(JSON.stringify(userErrors));
    const recordIds: string[] = request.records.map(({ id }: { id: string }) => id);
    this.answers.requestIds.push(request.requestId);
    for (const recordId of recordIds) this.answers.acknowledged.push({ recordId, type: "INITIATED" });
    return { requestId: String(request.requestId), recordIds };
  }

  async #cancel({ requestId, recordIds }: { readonly requestId: string; readonly recordIds: readonly string[] }) {
    await ask(this.#installation, this.#customer.admin, moves.CANCELLATION_REQUESTED, { input: { requestId } });
    for (const recordId of recordIds) this.answers.acknowledged.push({ recordId, type: "CANCELLATION_REQUESTED" });
  }

  async #untilSeen(requestId: string, type: string): Promise<void> {
    const isIt = (event: SeenEvent) => event.requestId === requestId && event.type === type;
    const what = () => `${type} at ${this.#watchers.filter(({ events }) => !events.some(isIt)).length} watchers`;
    await until(what, async () => this.#watchers.every(({ events }) => events.some(isIt)));
  }

  async #untilMailed(requestId: string): Promise<void> {
    const sent = `SELECT bool_and(state = 'SENT') AS done FROM cocp_notifications
      WHERE request_id = $1 AND state <> 'SUPPRESSED'`;
    await until(
      () => "the email",
      () => this.#holds(sent, requestId),
    );
  }

  async #untilCanceled(requestId: string): Promise<void> {
    const canceled = "SELECT bool_and(status = 'CANCELED') AS done FROM cocp_records WHERE request_id = $1";
    await until(
      () => "the cancellation",
      () => this.#holds(canceled, requestId),
    );
  }

  async #holds(statement: string, requestId: string): Promise<boolean> {
    const { rows } = await withClient(this.#installation.databaseUrl, (client) =>
      client.query<{ done: boolean | null }>(statement, [requestId]),
    );
    return rows[0]?.done === true;
  }
}

const selection = "id cursor type requestId";

async function until(what: () => string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + patience;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Not recovered within ${patience} ms: ${what()}`);
    await pause(50);
  }
}
