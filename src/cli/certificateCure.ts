/** Codes of OpenSSL and Node.js for a certificate that cannot be trusted, has expired, or names another host. */
const certificateCodes: ReadonlySet<string> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Whether a connection failed because of the other side's certificate. */
export function isCertificateCode(code: string | null): boolean {
  return code !== null && certificateCodes.has(code);
}

/** The fix for a certificate of a private authority, or an invalid one. `orElse` begins with "or". */
export function certificateCure(host: string, orElse: string): string {
  return `renew the certificate if it has expired, let it name ${host}, and give the file of a private authority's certificate in NODE_EXTRA_CA_CERTS, ${orElse}`;
}
