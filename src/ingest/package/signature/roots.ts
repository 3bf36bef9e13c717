import { createHash, X509Certificate } from "node:crypto";
import { kindOf, optionError } from "../../../checks.js";

/** The SHA-256 of the certificate "Apple Root CA - G3", which Apple publishes. */
const APPLE_ROOT = "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g;

/** One or more root certificates in PEM. A text may hold several. */
export type TrustedRoots = string | readonly string[];

/**
 * The SHA-256 of the accepted root certificates, in lower-case hex: Apple's, or those of `trust` in its place.
 *
 * @throws TypeError if `trust` is given and not PEM
 */
export function readTrust(trust: TrustedRoots | undefined): ReadonlySet<string> {
  if (trust === undefined) return new Set([APPLE_ROOT]);
  const expected = "one or more certificates in PEM";
  const texts: readonly unknown[] = Array.isArray(trust) ? trust : [trust];
  const roots = texts.flatMap((text) => {
    const found = typeof text === "string" ? [...text.matchAll(CERTIFICATE)] : [];
    if (found.length === 0) throw optionError("trust", expected, kindOf(text));
    return found.map(([, base64 = ""]) => {
      try {
        const { raw } = new X509Certificate(Buffer.from(base64, "base64"));
        return createHash("sha256").update(raw).digest("hex");
      } catch {
        throw optionError("trust", expected, "one that cannot be read");
      }
    });
  });
  if (roots.length === 0) throw optionError("trust", expected, "an empty list");
  return new Set(roots);
}
