import { readFileSync } from "node:fs";
import type { GraphQLError, GraphQLSchema } from "graphql";
import { z } from "zod";
import { ConfigError, type Config } from "../../config";
import { codedError } from "./codedError";
import { readDocument } from "./validation";
import { RequestError, type OperationParams } from "./operationRequest";

/** Documents that the service knows by id before anybody asks. Clients can't add to them. */
export interface TrustedDocuments {
  /** Nothing else is run. */
  readonly isRequired: boolean;
  readonly documents: ReadonlyMap<string, string>;
}

const manifest = z.record(z.string().min(1), z.string());

/**
 * Reads the manifest, `{ id: document }`. Throws ConfigError with all of its documents that the schema does not
 * allow.
 */
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
    const why = error instanceof z.ZodError ? inOneLine(z.prettifyError(error)) : String(error);
    const shape = 'must name a JSON file of documents by id, such as {"whoAmI": "{ viewer { email } }"}';
    throw new ConfigError([`TRUSTED_DOCUMENTS_FILE ${shape}: ${file}: ${why}`]);
  }
}

function inOneLine(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .join(" ");
}

function problemOf(schema: GraphQLSchema, text: string): string | null {
  const document = readDocument(schema, text);
  return "kind" in document ? null : document.map(({ message }) => message).join(" ");
}

/**
 * The text of the requested document: `query`, or the trusted document of this `documentId`. Throws RequestError when
 * there is neither, or a GraphQLError with PERSISTED_QUERY_NOT_FOUND, DOCUMENT_NOT_TRUSTED or BAD_USER_INPUT.
 */
export function requestedDocument(trusted: TrustedDocuments | null, params: OperationParams): string {
  const { query, documentId } = params;
  if (trusted !== null && documentId != null) return trustedDocument(trusted, query, documentId);
  if (trusted?.isRequired === true) {
    const message = "This service runs only trusted documents. Send the documentId of one, and no query.";
    throw codedError("DOCUMENT_NOT_TRUSTED", message);
  }
  if (query !== null && (query !== "" || !params.namesDocument)) return query;
  if (params.namesDocument) {
    const message = "This service does not know documents by hash or id. Send the text as query.";
    throw codedError("PERSISTED_QUERY_NOT_SUPPORTED", message);
  }
  throw new RequestError("BAD_USER_INPUT", "Send the text of an operation as query.");
}

function trustedDocument({ documents }: TrustedDocuments, query: string | null, documentId: unknown): string {
  if (typeof documentId !== "string") throw refused("documentId must be a string.");
  if (query !== null && query !== "") throw refused("Send a documentId or a query, not both.");
  const document = documents.get(documentId);
  if (document !== undefined) return document;
  throw codedError("PERSISTED_QUERY_NOT_FOUND", "No trusted document has this documentId.");
}

function refused(message: string): GraphQLError {
  return codedError("BAD_USER_INPUT", message);
}
