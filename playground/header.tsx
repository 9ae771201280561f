import type { FormEvent } from "react";
import type { Person } from "./identity";
import { memory } from "./memory";

interface HeaderProps {
  /** Null where the server has no demo people: an access token is asked for instead. */
  readonly people: readonly Person[] | null;
  readonly email: string | undefined;
  onPerson(email: string): void;
  readonly token: string;
  onToken(token: string): void;
}

/** The bar above GraphiQL: who to be, and where else to look. */
export function Header({ people, email, onPerson, token, onToken }: HeaderProps) {
  return (
    <header className="bar">
      <h1>Changeover</h1>
      <p>Run the tabs from left to right; each says whom to be.</p>
      {people ? (
        <PersonPicker people={people} email={email} onPerson={onPerson} />
      ) : (
        <TokenForm token={token} onToken={onToken} />
      )}
      <nav aria-label="Elsewhere">
        {people && (
          <a href="./dev/mail" target="_blank" rel="noopener">
            Mailbox
          </a>
        )}
        <a href="/" target="_blank" rel="opener" title="A window of its own, in which you can be somebody else">
          Second window
        </a>
        <button type="button" onClick={resetTabs} title="Bring back the ready operations as they were">
          Reset tabs
        </button>
      </nav>
    </header>
  );
}

function PersonPicker({
  people,
  email,
  onPerson,
}: Pick<HeaderProps, "email" | "onPerson"> & { people: readonly Person[] }) {
  const groups = Map.groupBy(people, roleOf);
  return (
    <label className="who">
      You are
      <select value={email} onChange={(event) => onPerson(event.target.value)}>
        {[...groups].map(([role, members]) => (
          <optgroup key={role} label={role}>
            {members.map((person) => (
              <option key={person.email} value={person.email}>
                {person.displayName} ({person.pcn ? `${role} ${person.pcn}` : role})
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function roleOf({ roles, pcn }: Person): string {
  if (roles.includes("OPERATIONS")) return "Operations";
  if (roles.includes("PARTNER_USER") || pcn) return "Partner";
  return roles.includes("ENTERPRISE_ADMIN") ? "Customer" : "Reader";
}

function TokenForm({ token, onToken }: Pick<HeaderProps, "token" | "onToken">) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const entered = new FormData(event.currentTarget).get("token");
    if (typeof entered === "string") onToken(entered.trim());
  };
  return (
    <form className="who" onSubmit={submit}>
      <label>
        Access token
        <input name="token" type="password" autoComplete="off" spellCheck={false} defaultValue={token} required />
      </label>
      <button type="submit">Use</button>
    </form>
  );
}

function resetTabs() {
  memory.forgetTabs();
  location.reload();
}
