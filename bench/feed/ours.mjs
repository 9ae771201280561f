// Changeover itself: `serve` on a PostgreSQL of its own, with as many users of one partner as there are subscribers.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, root, runCommand, serve } from "../lib/changeover.mjs";
import { startIssuer } from "../lib/issuer.mjs";
import { startPostgres, withClient } from "../lib/postgres.mjs";

const admin = "dana.whitfield@northlight.example";

export async function startOurs({ maxSubscribers }) {
  const dataDirectory = await mkdtemp(join(tmpdir(), "changeover-bench-"));
  const settings = { max_connections: "100", shared_preload_libraries: "pg_stat_statements" };
  const postgres = await startPostgres({ dataDirectory, temporary: true, settings });
  await withClient(postgres.url, (client) => client.query("CREATE DATABASE changeover"));
  const databaseUrl = postgres.urlFor("changeover");
  const issuer = await startIssuer();
  await runCommand(["migrate"], databaseUrl);
  await runCommand(["import", join(root, "demo")], databaseUrl);
  await withClient(databaseUrl, (client) =>
    client.query(
      `INSERT INTO partner_users (email, partner_id, display_name, can_respond)
       SELECT 'bench-' || n || '@harrowgate.example', p.id, 'Bench ' || n, true
       FROM generate_series(1, ${maxSubscribers}) n, partners p WHERE p.pcn = 'PCN-4410387'`,
    ),
  );
  const { pid, url, stop } = await serve({ databaseUrl, issuer });
  const token = await issuer.tokenFor(admin);
  const requestId = await submit(url, token);
  const update = `mutation($input: UpdateNotificationContactInput!) {
    updatePartnerNotificationContact(input: $input) { userErrors { message } } }`;
  let count = 0;
  return {
    pid,
    databaseUrl,
    url: url.replace("http", "ws"),
    tokens: (size) =>
      Promise.all(Array.from({ length: size }, (_, index) => issuer.tokenFor(`bench-${index + 1}@harrowgate.example`))),
    write: () => {
      count += 1;
      const partnerNotificationContact = `bench-${(count % 2) + 1}@harrowgate.example`;
      return ask(url, token, update, { input: { requestId, partnerNotificationContact } });
    },
    async stop() {
      await stop();
      await postgres.stop();
      issuer.stop();
    },
  };
}

async function submit(url, token) {
  const { billingAccounts } = await ask(
    url,
    token,
    "{ billingAccounts(filter: {eligible: true}, first: 1) { nodes { id } } }",
  );
  const changes = [
    {
      billingAccountId: billingAccounts.nodes[0].id,
      newPartnerPcn: "PCN-4410387",
      partnerNotificationContact: "bench-1@harrowgate.example",
      reason: "OTHER",
    },
  ];
  const { previewCocp } = await ask(
    url,
    token,
    "query($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { terms { version } } }",
    { changes },
  );
  const signature = {
    firstName: "Dana",
    lastName: "Whitfield",
    acceptTerms: true,
    termsVersion: previewCocp.terms.version,
  };
  const initiate =
    "mutation($input: InitiateCocpInput!) { initiateCocp(input: $input) { request { requestId } userErrors { message } } }";
  const { initiateCocp } = await ask(url, token, initiate, { input: { changes, signature } });
  if (initiateCocp.request === null) throw new Error(JSON.stringify(initiateCocp.userErrors));
  return initiateCocp.request.requestId;
}
