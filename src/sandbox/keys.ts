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

/** A curve, by its name in a JWK. */
export type Curve = "P-256" | "P-384";

/** What node:crypto calls the curves, and the bytes of their numbers. */
export const CURVES: Readonly<Record<Curve, { readonly name: string; readonly size: number }>> = {
  "P-256": { name: "prime256v1", size: 32 },
  "P-384": { name: "secp384r1", size: 48 },
};

/** WebCrypto makes no key from a seed, so the private number is drawn from it and the point computed. */
export function privateKeyOf(random: Random, label: string, curve: Curve = "P-256"): KeyObject {
  const { name, size } = CURVES[curve];
  const ecdh = createECDH(name);
  const secret = random.bytes(`private key ${label}`, size);
  ecdh.setPrivateKey(secret);
  const point = ecdh.getPublicKey();
  return createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: curve,
      d: secret.toString("base64url"),
      x: point.subarray(1, size + 1).toString("base64url"),
      y: point.subarray(size + 1).toString("base64url"),
    },
  });
}
