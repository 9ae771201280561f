import { ConfigError, type Config } from "../../config";
import { createSchema } from "../../resolvers/createSchema";
import { readTrustedDocuments } from "../../server/execution/trustedDocuments";
import { failed, ok, type Finding } from "./finding";

/** Whether the manifest of trusted documents can be read, and the schema of this version allows each of them. */
export function checkTrustedDocuments(options: NonNullable<Config["trustedDocuments"]>): Finding[] {
  const what = "trusted documents (TRUSTED_DOCUMENTS_FILE)";
  try {
    const documents = readTrustedDocuments(options, createSchema())?.documents.size ?? 0;
    if (documents > 0 || !options.isRequired) return [ok(`${what}: ${documents}`)];
    const problem = "it has none, and nothing else may be run";
    return [failed(what, problem, "write the clients' documents into it, or set TRUSTED_DOCUMENTS=allow")];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const cure = "make the file from the clients' documents anew, for the schema of this version (changeover schema)";
    return error.problems.map((problem) => failed(what, problem, cure));
  }
}
