import { createSchema } from "../../../src/resolvers/createSchema";
import { compareRandomRequests } from "../../support/differential/differences";
import { stubResolvers } from "../../support/differential/stubResolvers";

/** More in the soak: `test/soak/compiledAnswers.test.ts`. */
const requests = 2_000;

test(`${requests} random requests are answered as graphql-js answers them`, async () => {
  const schema = createSchema();
  stubResolvers(schema);
  expect(await compareRandomRequests(schema, requests, 1)).toEqual({ compared: requests, differences: [] });
}, 60_000);
