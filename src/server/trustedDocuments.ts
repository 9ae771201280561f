import { readFileSync } from "node:fs";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { z } from "zod";
import { ConfigError, type Config } from "../config";
import { readDocument } from "../resolvers/operationRules";

/** Documents that the service knows by id before anybody asks. Clients can't add to them. */
export interface TrustedDocuments {
  /** Nothing else is run. */
  readonly isRequired: boolean;
  readonly documents: ReadonlyMap<string, string>;
}

const manifest = z.record(z.string().min(1), z.string());

/** Reads the manifest, `{ id: document }`. Throws ConfigError with all of its documents that the schema does not allow. */
export function readTrustedDocuments(
  options: Config["trustedDocuments"],
  schema: GraphQLSchema,
): TrustedDocuments | null {
  if (options === null) return null;
  const { file, isRequired } = options;
  const documents = new Map(Object.entries(readManifest(file)));
  const problems = [...documents].flatMap(([id, text]) => {
    const problem = problemOf(schema, text);
    return problem === null ? [] : [`TRUSTED_DOCUMENTS_FILE ${file}: the document ${JSON.stringify(id)}: ${problem}`];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return { isRequired, documents };
}

function readManifest(file: string): Readonly<Record<string, string>> {
  try {
    return manifest.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).replaceAll(/\s*\n\s*/g, " ") : String(error);
    const shape = 'must name a JSON file of documents by id, such as {"whoAmI": "{ viewer { email } }"}';
    throw new ConfigError([`TRUSTED_DOCUMENTS_FILE ${shape}: ${file}: ${why}`]);
  }
}

function problemOf(schema: GraphQLSchema, text: string): string | null {
  try {
    const document = readDocument(schema, text);
    return "kind" in document ? null : document.map(({ message }) => message).join(" ");
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return error.message;
  }
}

/**
 * The document that a request asks for: its `query`, or what its `documentId` stands for. Throws a GraphQLError:
 * PERSISTED_QUERY_NOT_FOUND, DOCUMENT_NOT_TRUSTED, or BAD_USER_INPUT.
 */
export function documentAsked(
  { isRequired, documents }: TrustedDocuments,
  query: unknown,
  documentId: unknown,
): unknown {
  if (documentId == null) {
    if (!isRequired) return query;
    throw refusal(
      "DOCUMENT_NOT_TRUSTED",
      "Only trusted documents are run here: send the documentId of one, and no query.",
    );
  }
  if (typeof documentId !== "string") throw refusal("BAD_USER_INPUT", "documentId must be a string.");
  if (query != null && query !== "") throw refusal("BAD_USER_INPUT", "Send a documentId or a query, not both.");
  const document = documents.get(documentId);
  if (document !== undefined) return document;
  throw refusal(
    "PERSISTED_QUERY_NOT_FOUND",
    "There is no document with this documentId: send one of the service's own.",
  );
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
