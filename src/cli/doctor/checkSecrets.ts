import { createPrivateKey } from "node:crypto";
import type { Config } from "../../config";
import { failed, ok, type Finding } from "./finding";

/** Different characters that 32 random bytes have at the very least, as hexadecimal digits too. */
const leastCharacters = 10;
const leastRsaBits = 1_024;

/** Whether secrets are as long as they say, and DKIM's key is one. */
export function checkSecrets({ formUrlSecret, dkim }: Pick<Config, "formUrlSecret" | "dkim">): Finding[] {
  const form = "secret of download links (FORM_URL_SECRET)";
  const isGuessable = new Set(formUrlSecret).size < leastCharacters;
  const findings = [
    isGuessable
      ? failed(
          form,
          "it can be guessed: it has few different characters",
          "set it to the output of: openssl rand -hex 32",
        )
      : ok(form),
  ];
  return dkim === null ? findings : [...findings, checkDkim(dkim.privateKey)];
}

/** Checks that the key can sign. The configuration has checked that it is a private key in PEM. */
function checkDkim(pem: string): Finding {
  const what = "key that signs mail (DKIM_PRIVATE_KEY)";
  const { asymmetricKeyType = "", asymmetricKeyDetails } = createPrivateKey(pem);
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (asymmetricKeyType === "ed25519" || (asymmetricKeyType === "rsa" && bits >= leastRsaBits)) return ok(what);
  const problem = `it is ${asymmetricKeyType} of ${bits} bits: RSA of ${leastRsaBits} or more is needed`;
  return failed(what, problem, "make one with: openssl genrsa 2048, and publish its public half at the selector");
}
