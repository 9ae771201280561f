import { globalIdKey } from "../../src/resolvers/globalId";
import { settleDue } from "../../src/services/requests/settleDue";
import { act, addAccountsLike, submit, type RecordMutation, type RecordsPayload } from "../support/api/changes";
import { dana, kim, startTestApi, unlimited, type TestApi, type TestNode } from "../support/api/testApi";
import { openTestServices, type TestServices } from "../support/api/testServices";

/** Accept, decline, cancel and expire, all on one record at once, each at one of two nodes: a thousand times. */
const contestCount = 1_000;
const atOnce = 20;

let api: TestApi;
let other: TestNode;
let services: TestServices;
const accounts = Array.from({ length: contestCount }, (_, index) => `R${10_000 + index}`);
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  other = await api.startNode();
  services = await openTestServices(api.config.databaseUrl);
  await addAccountsLike(api, accounts);
}, 60_000);
afterAll(async () => {
  await services.close();
  await other.stop();
  await api.stop();
});

const contestants: readonly [string, RecordMutation, string][] = [
  [kim, "acceptCocp", "ACCEPTED"],
  [kim, "declineCocp", "DECLINED"],
  [dana, "cancelCocp", "CANCELLATION_IN_PROGRESS"],
];

interface Contest {
  readonly recordId: string;
  readonly answers: readonly (RecordsPayload & { readonly node: "one" | "other" })[];
}

/**
 * A random while, in questions to the database of which an action on a record takes about fifteen: it grows with the
 * machine's slowness.
 */
async function aWhile(most: number): Promise<void> {
  for (let left = Math.random() * most; left > 1; left -= 1) await services.dataSource.query("SELECT");
}

/** Everybody acts on the record at about the same moment, and about then its time is over. */
async function hold(requestId: string, recordId: string): Promise<Contest> {
  const expire = async () => {
    await aWhile(20);
    await services.dataSource.query("UPDATE cocp_records SET expires_at = now() WHERE id = $1", [
      globalIdKey("CocpRecord", recordId),
    ]);
  };
  const send = async ([who, mutation]: (typeof contestants)[number]) => {
    await aWhile(5);
    const node = Math.random() < 0.5 ? "one" : "other";
    const answer = await act(node === "one" ? api : other, who, mutation, { requestId, recordIds: [recordId] });
    return { ...answer, node } as const;
  };
  const [answers] = await Promise.all([Promise.all(contestants.map(send)), expire()]);
  return { recordId, answers };
}

/** Holds a package's contests at once, while the sweep runs again and again. */
async function holdAll(of: readonly string[]): Promise<Contest[]> {
  const { requestId, recordIds } = await submit(api, { accounts: of });
  let isOver = false;
  const sweeping = (async () => {
    while (!isOver) await settleDue(services);
  })();
  const contests = await Promise.all(recordIds.map((recordId) => hold(requestId, recordId)));
  isOver = true;
  await sweeping;
  await settleDue(services);
  return contests;
}

const histories = async () => {
  const rows = await api.rows<{ id: string; status: string; events: string[]; notices: string[] | null }>(
    `SELECT r.id, r.status, array_agg(e.type ORDER BY e.sequence) AS events,
      (SELECT array_agg(n.kind || ' to ' || n.recipient_party) FROM cocp_notifications n
        JOIN cocp_notification_records nr ON nr.notification_id = n.id WHERE nr.record_id = r.id AND n.kind <> 'INVITATION')
        AS notices FROM cocp_records r JOIN cocp_events e ON e.record_id = r.id GROUP BY r.id`,
  );
  return new Map(rows.map((row) => [row.id, row]));
};

/** What each way to end says in the log, and to whom. */
const endings: Readonly<Record<string, readonly [event: string, notices: readonly string[] | null]>> = {
  ACCEPTED: ["ACCEPTED", ["ACCEPTED to CUSTOMER"]],
  DECLINED: ["DECLINED", ["DECLINED to CUSTOMER"]],
  CANCELLATION_IN_PROGRESS: ["CANCELLATION_REQUESTED", null],
  EXPIRED: ["EXPIRED", ["EXPIRED to CUSTOMER", "EXPIRED to NEW_PARTNER"]],
};

test(`E2: of ${contestCount} contests each has one winner, and the losers are told its state`, async () => {
  const contests: Contest[] = [];
  for (let from = 0; from < contestCount; from += atOnce) {
    contests.push(...(await holdAll(accounts.slice(from, from + atOnce))));
  }
  const history = await histories();
  const wins: Record<string, number> = {};
  const winsAt = { one: 0, other: 0 };
  for (const { recordId, answers } of contests) {
    const { status = "none", events, notices } = history.get(globalIdKey("CocpRecord", recordId) ?? "") ?? {};
    wins[status] = (wins[status] ?? 0) + 1;
    const [event, told] = endings[status] ?? [];
    expect([events, notices?.toSorted() ?? null]).toEqual([["INITIATED", event], told]);
    for (const [index, { records, userErrors, node }] of answers.entries()) {
      const [, mutation, ifWon] = contestants[index] ?? [];
      if (ifWon === status) {
        winsAt[node] += 1;
        expect([records.map(({ id }) => id), userErrors]).toEqual([[recordId], []]);
        continue;
      }
      const isLate = status === "EXPIRED" && mutation !== "cancelCocp";
      const message = expect.stringContaining(`The record is ${status}`);
      expect([records, userErrors]).toEqual([
        [],
        [expect.objectContaining({ code: isLate ? "DEADLINE_PASSED" : "INVALID_STATUS", message, recordId })],
      ]);
    }
  }
  process.stdout.write(
    `contests: ${contests.length}, won by ${JSON.stringify(wins)}, at nodes ${JSON.stringify(winsAt)}\n`,
  );
  expect(contests).toHaveLength(contestCount);
  expect(Math.min(winsAt.one, winsAt.other)).toBeGreaterThan(contestCount / 10);
  expect(Object.keys(wins).toSorted()).toEqual(Object.keys(endings).toSorted());
}, 240_000);
