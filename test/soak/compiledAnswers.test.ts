import { createSchema } from "../../src/resolvers/createSchema";
import { compareRandomRequests } from "../support/differential/differences";
import { stubResolvers } from "../support/differential/stubResolvers";
import { isLong } from "./support/isLong";

/** The long form draws other requests each time. */
const requests = isLong ? 50_000 : 5_000;
const seed = isLong ? Date.now() % 2 ** 31 : 1;

test(`${requests} random requests are answered as graphql-js answers them`, async () => {
  const schema = createSchema();
  stubResolvers(schema);
  expect(await compareRandomRequests(schema, requests, seed)).toEqual({ compared: requests, differences: [] });
}, 1_200_000);
