import openRequest from "./openRequest.graphql?raw";

const files = import.meta.glob<string>("./operations/*", { query: "?raw", import: "default", eager: true });

/** The operation that opens one request, with its ID filled in. */
export function openingOf(requestId: string) {
  return {
    query: openRequest,
    variables: JSON.stringify({ requestId }, null, 2),
  };
}

/** The ready operations in the order of their file names, each with its variables, as GraphiQL's tabs want them. */
export const operationTabs = Object.keys(files)
  .filter((path) => path.endsWith(".graphql"))
  .sort()
  .map((path) => ({ query: files[path] ?? "", variables: files[path.replace(/graphql$/, "json")] ?? "" }));
