import { decodeJwt } from "jose";

/** A demo person, as GET /dev/people lists it. */
export interface Person {
  readonly email: string;
  readonly displayName: string;
  readonly roles: readonly string[];
  readonly pcn: string | null;
}

/** On whose behalf requests are sent. */
export interface Identity {
  /** An access token that is not about to expire. */
  token(): Promise<string>;
  /** Tells that the server refused the token; true when the next call of `token` gets another one. */
  refused(): boolean;
}

const renewBeforeSeconds = 60;

/** The people to try, or null where the server has none because it does not run in `changeover dev`. */
export async function fetchPeople(): Promise<Person[] | null> {
  const response = await fetch("./dev/people");
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`The list of demo people could not be read: status ${response.status}`);
  return response.json();
}

/** A demo person; tokens are fetched when needed, and again before they expire or when one was refused. */
export function demoIdentity(email: string): Identity {
  let current: Promise<string> | null = null;
  const fresh = async () => {
    const token = await current;
    return token !== null && (decodeJwt(token).exp ?? Infinity) - Date.now() / 1000 > renewBeforeSeconds;
  };
  return {
    async token() {
      if (current && !(await fresh().catch(() => false))) current = null;
      current ??= fetchDemoToken(email);
      return current;
    },
    refused() {
      current = null;
      return true;
    },
  };
}

/** Whoever an access token that was pasted by hand stands for. */
export function pastedIdentity(token: string): Identity {
  return { token: async () => token, refused: () => false };
}

async function fetchDemoToken(email: string): Promise<string> {
  const response = await fetch("./dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email }),
  });
  if (!response.ok) throw new Error(`No token for ${email}: status ${response.status}`);
  const { accessToken }: { accessToken: string } = await response.json();
  return accessToken;
}
