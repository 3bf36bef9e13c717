import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Random } from "./random.js";

/** A team key, in the form `createClient` takes. */
export interface TeamCredentials {
  readonly keyId: string;
  readonly issuerId: string;
  /** The text of the .p8 file: PKCS#8 PEM. */
  readonly privateKey: string;
}

/** An individual key, in the form `createClient` takes: it has no issuer. */
export type IndividualCredentials = Omit<TeamCredentials, "issuerId">;

/** An API key as the sandbox knows it. */
export interface ApiKey {
  readonly keyId: string;
  /** Absent for an individual key. */
  readonly issuerId?: string;
  readonly publicKey: KeyObject;
  /** Only the app's developer may create packages; a marketplace reads them. */
  readonly role: "developer" | "marketplace";
}

export function createKeys(random: Random) {
  const privateKeys = {
    team: privateKey(random, "team"),
    individual: privateKey(random, "individual"),
    marketplace: privateKey(random, "marketplace"),
  };
  const keyId = (name: string) => random.hex(`key id ${name}`, 10).toUpperCase();
  const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();

  const credentials: TeamCredentials = {
    keyId: keyId("team"),
    issuerId: random.uuid("issuer team"),
    privateKey: pem(privateKeys.team),
  };
  const individualCredentials: IndividualCredentials = {
    keyId: keyId("individual"),
    privateKey: pem(privateKeys.individual),
  };
  const marketplaceCredentials: TeamCredentials = {
    keyId: keyId("marketplace"),
    issuerId: random.uuid("issuer marketplace"),
    privateKey: pem(privateKeys.marketplace),
  };
  const known: ApiKey[] = [
    {
      keyId: credentials.keyId,
      issuerId: credentials.issuerId,
      publicKey: createPublicKey(privateKeys.team),
      role: "developer",
    },
    {
      keyId: individualCredentials.keyId,
      publicKey: createPublicKey(privateKeys.individual),
      role: "developer",
    },
    {
      keyId: marketplaceCredentials.keyId,
      issuerId: marketplaceCredentials.issuerId,
      publicKey: createPublicKey(privateKeys.marketplace),
      role: "marketplace",
    },
  ];
  return {
    credentials,
    individualCredentials,
    marketplaceCredentials,
    known: new Map(known.map((key) => [key.keyId, key])),
  };
}

/** WebCrypto makes no key from a seed, so the private number is drawn from it and the point computed. */
function privateKey(random: Random, name: string): KeyObject {
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(random.bytes(`private key ${name}`, 32));
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      d: curve.getPrivateKey("base64url"),
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    },
  });
}
