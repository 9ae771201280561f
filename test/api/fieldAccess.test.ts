import { getNamedType, isLeafType, isListType, isNonNullType, isObjectType, type GraphQLObjectType } from "graphql";
import { fieldAccess, mayRead, type FieldReader, type FieldRule } from "../../src/domain/fieldAccess";
import { createSchema } from "../../src/resolvers/createSchema";
import { accountIds, actOnAll, addAccountsLike, approve, complete, dayFromNow, submit } from "../support/api/changes";
import { dana, elena, joan, kim, operator, startTestApi, stellan, type TestApi } from "../support/api/testApi";

/** The parts that people play on a record and its account; who is not named sees neither. */
type Cast = Readonly<Record<string, readonly FieldReader[]>>;

const schema = createSchema();
const tables: Readonly<Record<string, Readonly<Record<string, FieldRule<string>>>>> = fieldAccess;
/** Objects that are read by their own id here, and only named where another object leads to them. */
const withOwnId = ["CocpRecord", "CocpRequest", "BillingAccount", "Customer", "Partner"];
const people = [dana, joan, kim, elena, operator, stellan];

const directory: Cast = { [dana]: ["CUSTOMER"], [joan]: ["CUSTOMER_READER"], [operator]: ["OPERATIONS"] };
const waiting: Cast = { ...directory, [kim]: ["NEW_PARTNER", "INCOMING_PARTNER"] };
const inGrace: Cast = { ...waiting, [elena]: ["OLD_PARTNER", "PARTNER_OF_RECORD"] };
const completed: Cast = { ...directory, [kim]: ["NEW_PARTNER", "PARTNER_OF_RECORD"], [elena]: ["OLD_PARTNER"] };
const ended: Cast = { ...directory, [kim]: ["NEW_PARTNER"] };

interface Scene {
  readonly cast: Cast;
  readonly requestId: string;
  readonly recordId: string;
  readonly accountId: string;
}

let api: TestApi;
const scenes = new Map<string, Scene>();

async function addScene(name: string, cast: Cast, accountNumber: string, contact = kim) {
  const submitted = await submit(api, { accounts: [accountNumber], contact });
  const [accountId = ""] = await accountIds(api, [accountNumber]);
  const [recordId = ""] = submitted.recordIds;
  scenes.set(name, { cast, requestId: `req_${submitted.requestId}`, recordId, accountId });
  return submitted;
}

beforeAll(async () => {
  api = await startTestApi({
    worker: false,
    environment: { PARTNER_PORTAL_URL: "https://partners.example/{requestId}" },
  });
  await addAccountsLike(api, ["7701101", "7701102", "7701103"]);
  await api.rows(
    `INSERT INTO billing_account_roles (email, billing_account_id, role)
      SELECT $1, id, 'ENTERPRISE_ADMIN_READ_ONLY' FROM billing_accounts WHERE account_number LIKE '7701%'
      ON CONFLICT (email, billing_account_id) DO UPDATE SET role = EXCLUDED.role`,
    [joan],
  );
  await addScene("waiting", waiting, "7701001", "somebody@elsewhere.example");
  const graceful = await addScene("in grace", inGrace, "7701002");
  await approve(api, graceful);
  const early = { recordIds: graceful.recordIds, effectiveDate: dayFromNow(40), caseNumber: "CASE-7" };
  await actOnAll(api, operator, "amendCocpEffectiveDate", early);
  await complete(api, await addScene("completed", completed, "7701003"));
  const declined = await addScene("declined", ended, "7701101");
  await actOnAll(api, kim, "declineCocp", { requestId: declined.requestId, note: "Full up" });
  const canceled = await addScene("canceled", ended, "7701102");
  await actOnAll(api, dana, "cancelCocp", { requestId: canceled.requestId, note: "Not now" });
  await api.rows("UPDATE cocp_records SET status = 'CANCELED', closed_by = 'CUSTOMER' WHERE request_id = $1", [
    canceled.requestId,
  ]);
  const heldUp = await addScene("held up", waiting, "7701103");
  await actOnAll(api, kim, "acceptCocp", { requestId: heldUp.requestId });
  await actOnAll(api, operator, "startCocpReview", { recordIds: heldUp.recordIds });
  await api.rows("UPDATE billing_accounts SET agreement_status = 'EXPIRED' WHERE account_number = '7701103'");
  await api.rows("UPDATE cocp_notifications SET state = 'SENT', sent_at = now() WHERE state = 'QUEUED'");
});
afterAll(() => api.stop());

function objectType(name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is not an object type`);
  return type;
}

/** All fields of a type; objects that have an id of their own are only named. */
function selectionOf(typeName: string): string {
  const fields = Object.values(objectType(typeName).getFields()).map(({ name, type }) => {
    const named = getNamedType(type);
    if (isLeafType(named)) return name;
    return withOwnId.includes(named.name) ? `${name} { __typename }` : `${name} ${selectionOf(named.name)}`;
  });
  return `{ ${fields.join(" ")} }`;
}

/** An object as it was read. */
type Fields = Readonly<Record<string, unknown>>;

async function read(email: string, typeName: string, id: string): Promise<Fields | null> {
  const query = `query ($id: ID!) { node(id: $id) { ... on ${typeName} ${selectionOf(typeName)} } }`;
  return (await api.data(email, query, { id })).node;
}

/** Fields that were read with a value at least once. */
const readOnce = new Set<string>();

/**
 * Fields of an object in which a viewer's answer differs from the table. Operations' answer says which have a value.
 */
function differences(typeName: string, own: Fields, complete: Fields, parts: ReadonlySet<FieldReader>): string[] {
  return Object.values(objectType(typeName).getFields()).flatMap(({ name, type }) => {
    const rule = tables[typeName]?.[name];
    if (rule === undefined) return [`${typeName}.${name} is in no row`];
    if (complete[name] === null) return own[name] === null ? [] : [`${typeName}.${name} is hidden from operations`];
    const inCase = name === "note" ? complete["type"] : complete["actor"];
    const expected = mayRead(rule, parts, typeof inCase === "string" ? inCase : undefined);
    if (expected) readOnce.add(`${typeName}.${name}`);
    if (expected !== (own[name] !== null)) return [`${typeName}.${name} is ${expected ? "hidden" : "visible"}`];
    const named = getNamedType(type);
    if (!expected || isLeafType(named) || withOwnId.includes(named.name)) return [];
    const isList = isListType(isNonNullType(type) ? type.ofType : type);
    return pairs(own[name], complete[name], isList).flatMap(([mine, all]) => differences(named.name, mine, all, parts));
  });
}

/** Objects that the viewer reads, each with the same as operations reads it. */
function pairs(own: unknown, complete: unknown, isList: boolean): [Fields, Fields][] {
  if (!isList) return [[own as Fields, complete as Fields]];
  const all = complete as Fields[];
  return (own as Fields[]).flatMap((mine, index) => {
    const same = mine["id"] === undefined ? all[index] : all.find(({ id }) => id === mine["id"]);
    return same === undefined ? [] : [[mine, same]];
  });
}

const recordTypes = ["CocpRecord", "CocpRequest"];

/** What is wrong with a person's view of a scene. */
async function problemsOf(email: string, scene: Scene): Promise<string[]> {
  const ids = { CocpRecord: scene.recordId, CocpRequest: scene.requestId, BillingAccount: scene.accountId };
  const parts = new Set(scene.cast[email]);
  const problems: string[] = [];
  for (const [typeName, id] of Object.entries(ids)) {
    const complete = await read(operator, typeName, id);
    const own = await read(email, typeName, id);
    const isVisible = parts.size > 0 && !(parts.has("CUSTOMER_READER") && recordTypes.includes(typeName));
    if ((own !== null) !== isVisible) problems.push(`${typeName} is ${isVisible ? "absent" : "visible"}`);
    if (complete === null) problems.push(`${typeName} is absent for operations`);
    else if (own !== null) problems.push(...differences(typeName, own, complete, parts));
  }
  return problems;
}

const situations = ["waiting", "in grace", "completed", "declined", "canceled", "held up"];

test.each(situations)("each party reads exactly the fields that the table gives it: %s", async (name) => {
  const scene = scenes.get(name);
  if (scene === undefined) throw new Error(`There is no scene ${name}`);
  const problems: string[] = [];
  for (const email of people) {
    problems.push(...(await problemsOf(email, scene)).map((problem) => `${email}: ${problem}`));
  }
  expect(problems).toEqual([]);
});

test("customers and partners are read with all their fields by those who see them", async () => {
  const query = `query ($id: ID!) { node(id: $id) { ... on CocpRecord {
    oldPartner ${selectionOf("Partner")} billingAccount { customer ${selectionOf("Customer")} } } } }`;
  const { node } = await api.data(elena, query, { id: scenes.get("in grace")?.recordId });
  expect(differences("Partner", node.oldPartner, node.oldPartner, new Set())).toEqual([]);
  expect(differences("Customer", node.billingAccount.customer, node.billingAccount.customer, new Set())).toEqual([]);
});

test("the old partner learns no Early COCP case number, from the record or its events", async () => {
  const query = `query ($id: ID!) { node(id: $id) { ... on CocpRecord {
    earlyCocpCaseNumber events { earlyCocpCaseNumber } } } }`;
  const numbersFor = async (email: string) => {
    const { node } = await api.data(email, query, { id: scenes.get("in grace")?.recordId });
    const all: (string | null)[] = [node, ...node.events].map((one) => one.earlyCocpCaseNumber);
    return all.filter((number) => number !== null);
  };
  expect(await numbersFor(elena)).toEqual([]);
  for (const email of [dana, kim, operator]) expect(await numbersFor(email)).toEqual(["CASE-7", "CASE-7"]);
});

test("every row of the table was met with a value", () => {
  const rows = Object.entries(tables).flatMap(([type, fields]) => Object.keys(fields).map((name) => `${type}.${name}`));
  expect(rows.filter((row) => !readOnce.has(row))).toEqual([]);
});
