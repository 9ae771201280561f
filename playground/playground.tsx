import { GraphiQL } from "graphiql";
import { useEffect, useMemo, useState } from "react";
import { createFetcher } from "./fetcher";
import { Header } from "./header";
import { demoIdentity, fetchPeople, pastedIdentity, type Person } from "./identity";
import { memory } from "./memory";
import { openingOf, operationTabs } from "./operations";

/** The request that a link in an email leads to. */
const linked = new URLSearchParams(window.location.search).get("request");
const opening = linked === null ? null : openingOf(linked);

/** What the server said about demo people; null means that it has none. */
type People = Person[] | null;

/** The whole page: the bar with the person to be, and GraphiQL, which then speaks as that person. */
export function Playground() {
  const [people, setPeople] = useState<People>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    fetchPeople().then(setPeople, (error: Error) => setProblem(error.message));
  }, []);

  if (problem) return <p className="problem">{problem}</p>;
  return people === undefined ? null : <Workbench people={people} />;
}

function Workbench({ people }: { people: People }) {
  const [email, setEmail] = useState(() => firstPerson(people));
  const [token, setToken] = useState(memory.token);
  const identity = useMemo(() => {
    if (people) return email ? demoIdentity(email) : null;
    return token ? pastedIdentity(token) : null;
  }, [people, email, token]);
  const { fetcher, dispose } = useMemo(() => createFetcher(identity), [identity]);
  useEffect(() => dispose, [dispose]);

  return (
    <>
      <Header
        people={people}
        email={email}
        onPerson={(chosen) => {
          memory.rememberPerson(chosen);
          setEmail(chosen);
        }}
        token={token}
        onToken={(pasted) => {
          memory.rememberToken(pasted);
          setToken(pasted);
        }}
      />
      <main>
        <GraphiQL
          fetcher={fetcher}
          defaultTabs={opening ? [opening, ...operationTabs] : operationTabs}
          {...(opening && { initialQuery: opening.query, initialVariables: opening.variables })}
          defaultEditorToolsVisibility="variables"
          isHeadersEditorEnabled={false}
          showPersistHeadersSettings={false}
          inputValueDeprecation
        >
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

/** Whom the browser remembers, else a customer: the story begins there. */
function firstPerson(people: People): string | undefined {
  const remembered = memory.person();
  const known = people?.find((person) => person.email === remembered);
  return (known ?? people?.find((person) => person.roles.includes("ENTERPRISE_ADMIN")) ?? people?.[0])?.email;
}
