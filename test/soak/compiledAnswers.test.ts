import { createSchema } from "../../src/resolvers/createSchema";
import { compareRandomRequests } from "../support/differential/differences";
import { stubResolvers } from "../support/differential/stubResolvers";

const requests = 50_000;

test(`${requests} random requests are answered as graphql-js answers them`, async () => {
  const schema = createSchema();
  stubResolvers(schema);
  const seed = Date.now() % 2 ** 31;
  expect(await compareRandomRequests(schema, requests, seed)).toEqual({ compared: requests, differences: [] });
}, 1_200_000);
