import type { UserErrorCode } from "./model";

/** What a person can mend: a code, a sentence that says what to do, and where in the input it sits. */
export interface UserErrorFacts {
  readonly code: UserErrorCode;
  readonly message: string;
  /** Path into the input, list positions as decimal strings. */
  readonly field?: readonly string[];
}

/** A rule said no. Caught by the services and told as a user error of the payload. */
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

/** The input can't be understood at all: no form mends it. Told as a GraphQL error with code BAD_USER_INPUT. */
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

/** A cursor that this service did not give for this list. */
export class InvalidCursorError extends BadInputError {
  override readonly code = "INVALID_CURSOR";

  constructor(message: string) {
    super(message);
    this.name = "InvalidCursorError";
  }
}
