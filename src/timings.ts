/** Time limits and intervals of a process, in milliseconds. No variable sets them; tests shorten them. */
export interface Timings {
  /** A statement of a request, its waiting for locks included. */
  readonly statement: number;
  /** Waiting for a connection of the pool, or of the caller's quota: later the caller is sent away to try again. */
  readonly connection: number;
  /** Age of an event that no feed may show yet, from which on the log has a warning. */
  readonly feedAlarm: number;
  /** Between two checks for such events. */
  readonly feedCheck: number;
  /** Between two reads of the log's end without a notification. */
  readonly feedPoll: number;
  /** The answer to a read of the log's end: later its connection counts as dead, and another one is used. */
  readonly feedRead: number;
  /** Between two checks that the connection for notifications still answers, and for each answer. */
  readonly notificationCheck: number;
  /** Age up to which readiness and the backlog in the metrics are sent again: these paths need no token. */
  readonly healthCache: number;
  /** Between two looks at the clock while a token is valid: the clock may be set meanwhile. */
  readonly clockCheck: number;
  /** Making one form. */
  readonly form: number;
  /** Reading the headers of an HTTP request. */
  readonly headers: number;
  /** Reading a whole HTTP request. */
  readonly request: number;
  /** From the opening of a WebSocket to its `connection_init`. */
  readonly connectionInit: number;
  /**
   * Until an address without points for sockets gets its 429, or up to twice as long, so that not all come again at
   * once.
   */
  readonly socketRefusal: number;
}

export const defaultTimings: Timings = {
  statement: 5_000,
  connection: 2_000,
  feedAlarm: 5_000,
  feedCheck: 1_000,
  feedPoll: 1_000,
  feedRead: 3_000,
  notificationCheck: 2_000,
  healthCache: 1_000,
  clockCheck: 5_000,
  form: 10_000,
  headers: 5_000,
  request: 15_000,
  connectionInit: 3_000,
  socketRefusal: 3_000,
};
