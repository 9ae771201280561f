import type { TestApi } from "../api/testApi";
import { until } from "../until";
import type { Operation } from "./operations";

/** Subscribes a person to what happened since the beginning, and keeps every answer until it is stopped. */
export async function watchAll(api: TestApi, email: string, { document }: Operation, variables: object) {
  const answers: string[] = [];
  const ids: string[] = [];
  const socket = api.socket(email);
  socket.subscribe<{ cocpEvents: { id: string } }>(
    { query: document, variables: { after: beginning, ...variables } },
    {
      next(answer) {
        answers.push(JSON.stringify(answer));
        ids.push(answer.data?.cocpEvents.id ?? "none");
      },
      error: (error) => void answers.push(JSON.stringify(error)),
      complete: () => {},
    },
  );
  return {
    answers,
    /** Of the events that came. */
    ids,
    until: (count: number) => until(() => answers.length >= count),
    stop: async () => await socket.dispose(),
  };
}

const beginning = Buffer.from(JSON.stringify(["feed", "0", "0"])).toString("base64url");
