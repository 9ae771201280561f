import { Command } from "commander";
import { createSchema } from "../resolvers/createSchema";
import { printContract } from "../schema/buildSchema";

/** `changeover schema`: the SDL. */
export function schemaCommand(): Command {
  return new Command("schema")
    .summary("prints the GraphQL schema")
    .description("Prints the GraphQL schema (SDL) with all its descriptions, as `schema.graphql` holds it.")
    .action(() => {
      process.stdout.write(printContract(createSchema()));
    });
}
