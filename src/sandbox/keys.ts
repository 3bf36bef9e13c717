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
export interface SandboxKey {
  readonly keyId: string;
  /** Undefined for an individual key. */
  readonly issuerId: string | undefined;
  readonly publicKey: KeyObject;
  /** Only the app's developer may create packages; a marketplace reads them. */
  readonly role: "developer" | "marketplace";
}

/** The keys of a sandbox: their credentials for a client, and `known` to check tokens with, by key id. */
export function createKeys(random: Random) {
  const known = new Map<string, SandboxKey>();

  function add(name: string, role: SandboxKey["role"], issuerId?: string): IndividualCredentials {
    const keyId = random.hex(`key id ${name}`, 10).toUpperCase();
    const key = privateKeyOf(random, name);
    known.set(keyId, { keyId, issuerId, publicKey: createPublicKey(key), role });
    return { keyId, privateKey: key.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  function addTeam(name: string, role: SandboxKey["role"]): TeamCredentials {
    const issuerId = random.uuid(`issuer ${name}`);
    return { ...add(name, role, issuerId), issuerId };
  }

  return {
    credentials: addTeam("team", "developer"),
    individualCredentials: add("individual", "developer"),
    marketplaceCredentials: addTeam("marketplace", "marketplace"),
    known,
  };
}

/** WebCrypto makes no key from a seed, so the private number is drawn from it and the point computed. */
function privateKeyOf(random: Random, name: string): KeyObject {
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
