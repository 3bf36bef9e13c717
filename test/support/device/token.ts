import { type KeyObject, verify } from "node:crypto";
import { isObject, parseJson } from "../../../src/json.js";
import { demand } from "./refusal.js";

/** A JWS in compact form, read and verified with node:crypto alone. */
export function openJws(token: string, publicKey: KeyObject) {
  const parts = token.split(".");
  demand(parts.length === 3, "token", "is no JWS in compact form");
  const [header = "", payload = "", signature = ""] = parts;
  for (const part of parts) demand(/^[\w-]+$/.test(part), "token", "is not base64url");
  const isSigned = verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  demand(isSigned, "token", "the signature does not fit the key");
  return { header: readPart(header), claims: readPart(payload) };
}

function readPart(part: string): Record<string, unknown> {
  const value = parseJson(Buffer.from(part, "base64url").toString());
  demand(isObject(value), "token", "a part is not a JSON object");
  return value;
}

/** What a token has to say. */
export interface ExpectedToken {
  readonly publicKey: KeyObject;
  readonly keyId: string;
  readonly issuer: string;
  readonly kinds: readonly string[];
  /** Ms since 1970. */
  readonly now: number;
  /** Nonces of earlier tokens; the token's is added. */
  readonly nonces: Set<string>;
  /** The manifest of the app to install. */
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** @throws DeviceRefusal unless the token is as Apple documents it, for this app, now and for the first time */
export function checkInstallToken(token: string, expected: ExpectedToken): void {
  const { header, claims } = openJws(token, expected.publicKey);
  const { manifest } = expected;
  demand(Object.keys(header).length === 3, "token", "the header has other fields than alg, typ and kid");
  demand(header.alg === "ES256" && header.typ === "JWT", "token", "the header is not that of an ES256 JWT");
  demand(header.kid === expected.keyId, "token", "kid is not the distribution key's resource id");
  demand(claims.iss === expected.issuer, "token", "iss is not who installs");
  demand(claims.aud === "AppleDownloadVerification-v1", "token", "aud is wrong");
  demand(claims.bid === manifest.bundleId, "token", "bid is another app");
  demand(claims.iid === undefined || claims.iid === manifest.appleItemId, "token", "iid is another app");
  demand(
    claims.vid === undefined || claims.vid === manifest.appleVersionId,
    "token",
    "vid is another version",
  );
  demand(expected.kinds.includes(String(claims.dtype)), "token", `dtype is ${claims.dtype}`);
  checkTimes(claims, expected.now / 1000);
  const { nonce } = claims;
  const isUuid = typeof nonce === "string" && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(nonce);
  demand(isUuid, "token", "nonce is no UUID");
  demand(!expected.nonces.has(nonce), "token", "nonce was used before");
  expected.nonces.add(nonce);
}

function checkTimes({ iat, exp }: Record<string, unknown>, now: number): void {
  demand(Number.isInteger(iat) && Number.isInteger(exp), "token", "iat and exp are not whole seconds");
  demand(Number(iat) <= now, "token", "iat is in the future");
  demand(Number(exp) > now, "token", "has expired");
  demand(Number(exp) - Number(iat) <= 1200, "token", "lives longer than in Apple's example");
}
