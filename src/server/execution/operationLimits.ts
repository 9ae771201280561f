/** Limits of every operation, checked before it runs, over each transport. */
export const operationLimits = {
  /** Tokens of the document's text. */
  tokens: 2_000,
  /** Levels of fields. */
  depth: 12,
  /** The same for `__schema` and `__type`: stock tools ask 14 deep. */
  introspectionDepth: 16,
  /** Fields, each fragment counted wherever it is spread. */
  fields: 400,
  /** Selections of the same field in one place, which the rules of the specification compare each with each. */
  sameField: 10,
  /** Operations and fragments of a document, which they compare likewise. */
  definitions: 40,
  /** Aliases, each fragment counted wherever it is spread. */
  aliases: 30,
  /** Directives, counted likewise. */
  directives: 30,
  /** Fields at the top of an operation. */
  rootFields: 20,
  /** Fields at the top of a mutation. */
  mutations: 5,
  /** Fields that disclose partners and their users, or send email: they must not be tried many times at once. */
  sensitiveMutations: 1,
  /** Levels of lists and objects in variables. */
  variablesDepth: 20,
  /** Errors in the answer to a document, or to variables, that are refused. */
  errors: 4,
  /** Points of a query or mutation: see fieldCosts. */
  cost: 5_000,
  /** Points of an answer to one event of a subscription. */
  costOfEvent: 500,
} as const;
