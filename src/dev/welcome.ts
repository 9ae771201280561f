import type { Dev } from "./startDev";

/** The text that `changeover dev` prints when it runs: addresses, people to sign in as, and first steps. */
export function welcome({ url, databaseUrl, people }: Dev): string {
  const width = Math.max(...people.map(({ email }) => email.length));
  const rows = people.map(({ email, displayName, roles, pcn }) => {
    return `  ${email.padEnd(width)}  ${displayName}, ${describe(roles, pcn)}`;
  });
  return `
Changeover runs.

  Playground  ${url}/            (choose a person, then go through the tabs)
  GraphQL     ${url}/graphql     (HTTP and WebSocket)
  Mailbox     ${url}/dev/mail
  PostgreSQL  ${databaseUrl}

People to sign in as:
${rows.join("\n")}

Three things to try, in another terminal:

  1. Ask as Dana which billing accounts can change partner:
     TOKEN=$(curl -s ${url}/dev/token -H 'content-type: application/json' \\
       -d '{"email":"dana.whitfield@northlight.example"}' | node -pe 'JSON.parse(fs.readFileSync(0)).accessToken')
     curl -s ${url}/graphql -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
       -d '{"query":"{ billingAccounts(filter: {eligible: true}, first: 3) { totalCount nodes { accountNumber displayName } } }"}'

  2. Watch, as the new partner's Kim, what happens:
     node examples/watch.mjs kim.lee@harrowgate.example ${url}

  3. Carry a change from the eligible accounts to the partner's answer, tab by tab: ${url}/

Ctrl-C stops it; the data stay in .changeover/ for the next start.`;
}

function describe(roles: readonly string[], pcn: string | null): string {
  if (roles.includes("OPERATIONS")) return "operations";
  if (pcn !== null) return `partner ${pcn}`;
  return roles.includes("ENTERPRISE_ADMIN") ? "Enterprise Administrator" : "read-only colleague";
}
