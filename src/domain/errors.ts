import type { UserErrorCode } from "./model";

/** A problem that the user can fix: a code, a sentence that says what to do, and the field of the input. */
export interface UserErrorFacts {
  readonly code: UserErrorCode;
  readonly message: string;
  /** Path into the input, list positions as decimal strings. */
  readonly field?: readonly string[];
}

/** A violated rule. The services catch it and return it as a user error of the payload. */
export class CocpError extends Error implements UserErrorFacts {
  constructor(
    readonly code: UserErrorCode,
    message: string,
    readonly field?: readonly string[],
  ) {
    super(message);
    this.name = "CocpError";
  }
}

/** Input that a client should never send. Returned as a GraphQL error with the code BAD_USER_INPUT. */
export class BadInputError extends Error {
  readonly code: "BAD_USER_INPUT" | "INVALID_CURSOR" = "BAD_USER_INPUT";

  constructor(
    message: string,
    readonly field?: readonly string[],
  ) {
    super(message);
    this.name = "BadInputError";
  }
}

/** A cursor that this list did not return. */
export class InvalidCursorError extends BadInputError {
  override readonly code = "INVALID_CURSOR";

  constructor(message: string) {
    super(message);
    this.name = "InvalidCursorError";
  }
}
