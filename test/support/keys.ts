import { generateKeyPairSync } from "node:crypto";

/** A new P-256 key pair: the private one as Apple's .p8, the public one to verify with. */
export function newKey(namedCurve = "P-256") {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey,
    key: privateKey,
  };
}
