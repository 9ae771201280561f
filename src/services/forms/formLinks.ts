import { createHash } from "node:crypto";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import type { Viewer } from "../../domain/model";

/** A place from which the form can be fetched without a header. */
export interface FormLink {
  readonly downloadUrl: string;
  readonly urlExpiresAt: Date;
}

/** The facts that a link contains. */
export interface FormTicket {
  readonly requestId: string;
  readonly email: string;
  readonly isOperations: boolean;
}

export interface FormLinks {
  /** A link for that person to that request's form. Who may have it is looked at when it is used. */
  issue(viewer: Viewer, requestId: string): Promise<FormLink>;
  /** Throws FormLinkExpiredError. Null: not a link of ours. */
  open(token: string): Promise<FormTicket | null>;
}

/** The link was valid and has expired. */
export class FormLinkExpiredError extends Error {}

/** Seconds that a link works. */
const lifetime = 600;
const audience = "form";
/** Characters: longer than any token of ours. */
const maxTokenLength = 2_048;

/**
 * Links to forms: the token says who may fetch what until when, encrypted and authenticated (JWE, `dir`, A256GCM)
 * under a key made of FORM_URL_SECRET, so that nobody reads an address out of a URL. By the system's clock, not the
 * sandbox's.
 */
export function createFormLinks({ publicUrl, formUrlSecret }: { publicUrl: string; formUrlSecret: string }): FormLinks {
  const key = createHash("sha256").update(formUrlSecret).digest();
  return {
    async issue({ email, isOperations }, requestId) {
      const expiry = Math.floor(Date.now() / 1000) + lifetime;
      const token = await new EncryptJWT({ requestId, isOperations })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setSubject(email)
        .setAudience(audience)
        .setExpirationTime(expiry)
        .encrypt(key);
      return { downloadUrl: `${publicUrl}/forms/${token}`, urlExpiresAt: new Date(expiry * 1000) };
    },
    async open(token) {
      if (token.length > maxTokenLength) return null;
      const options = {
        audience,
        requiredClaims: ["exp", "sub"],
        contentEncryptionAlgorithms: ["A256GCM"],
        keyManagementAlgorithms: ["dir"],
      };
      try {
        const { payload } = await jwtDecrypt<{ requestId: string; isOperations: boolean }>(token, key, options);
        const { sub: email = "", requestId, isOperations } = payload;
        return { requestId, email, isOperations };
      } catch (error) {
        if (error instanceof errors.JWTExpired)
          throw new FormLinkExpiredError("The link has expired", { cause: error });
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}
