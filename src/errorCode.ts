/**
 * The code of an error: the system's (ECONNREFUSED), PostgreSQL's SQLSTATE (53300), nodemailer's (EAUTH), OpenSSL's
 * (CERT_HAS_EXPIRED). That of its cause where it has none, and of the first where it is several. Null: no code is
 * known.
 */
export function errorCode(error: unknown): string | null {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  if (typeof first !== "object" || first === null) return null;
  const code: unknown = Reflect.get(first, "code");
  return typeof code === "string" ? code : errorCode(Reflect.get(first, "cause"));
}
