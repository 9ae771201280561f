/** A demo person, as GET /dev/people lists it. */
export interface Person {
  readonly email: string;
  readonly roles: readonly string[];
  readonly pcn: string | null;
}

/** Asks the server at `url` as a demo person, as any client of the API would. Errors of the answer are thrown. */
export async function ask<Data>(url: string, email: string, query: string, variables: object = {}): Promise<Data> {
  const { accessToken } = await postJson<{ accessToken: string }>(`${url}/dev/token`, { email });
  const { data, errors } = await postJson<{ data?: Data; errors?: unknown }>(
    `${url}/graphql`,
    { query, variables },
    { authorization: `Bearer ${accessToken}` },
  );
  if (!data || errors) throw new Error(`${query} as ${email}: ${JSON.stringify(errors)}`);
  return data;
}

/** The people to try. */
export async function people(url: string): Promise<Person[]> {
  const response = await fetch(`${url}/dev/people`);
  return response.json() as Promise<Person[]>;
}

async function postJson<Answer>(url: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return response.json() as Promise<Answer>;
}
