import type { Clock } from "./clock.js";
import { readPrivateKey } from "./private-key.js";

/** An API key of App Store Connect. */
export interface ApiKey {
  /** The key's id: 10 letters and digits, as in `AuthKey_<id>.p8`. */
  readonly keyId: string;
  /** The issuer id of a team key, a UUID. Leave it out for an individual key. */
  readonly issuerId?: string | undefined;
  /** The text of the .p8 file. */
  readonly privateKey: string;
  /**
   * Lifetime of a token in seconds, from 1 to 1200, counted from 30 s before it is signed, so that a clock that is ahead does
   * not matter. A token is reused until shortly before its end.
   *
   * @default 1140
   */
  readonly tokenLifetime?: number | undefined;
  /**
   * Requests that the token is valid for, each as `GET /v1/path?query`.
   *
   * @default all
   */
  readonly scope?: readonly string[] | undefined;
}

/** Gives the transport its tokens. */
export interface TokenSource {
  /** The token for the next attempt. `previous` is the one that this call used before, unless a 401 rejected it. */
  get(previous: string | undefined): string | Promise<string>;
  /**
   * To be called after a 401. `serverTime` (ms) is the response's `Date`, if it has one. Returns whether `get` can give
   * another token.
   */
  refused(token: string, serverTime: number | undefined): boolean;
}

const DEFAULT_LIFETIME = 1140;
// Seconds by which a token is dated back, for a clock that is ahead of the server's.
const BACKDATED_BY = 30;
// A server's clock that differs more (ms) is wrong itself: following it would break the next calls.
const MAX_CLOCK_OFFSET = 366 * 24 * 3_600_000;

/**
 * Tokens signed with an API key: one signing at a time, and each token is used until shortly before it expires.
 *
 * @see https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests
 */
export function keyTokens(apiKey: ApiKey, clock: Clock): TokenSource {
  const { keyId, issuerId, scope, tokenLifetime = DEFAULT_LIFETIME } = apiKey;
  const pkcs8 = readPrivateKey(apiKey.privateKey);
  const margin = Math.min(60, tokenLifetime / 10);
  let key: Promise<CryptoKey> | undefined;
  let clockOffset = 0;
  let current: { token: string; renewAt: number } | undefined;
  let signing: Promise<string> | undefined;

  async function importKey(): Promise<CryptoKey> {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    return crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]).catch(() => {
      throw new TypeError("privateKey: WebCrypto does not accept this key: the file is damaged");
    });
  }

  async function sign(): Promise<string> {
    // Imported with the first signature, as it takes a fifth of this package's import time. A JWT is a JWS, and jose's entry
    // point for JWS is half as large as the one for JWT.
    const { CompactSign } = await import("jose/jws/compact/sign");
    key ??= importKey();
    const backdatedBy = Math.min(BACKDATED_BY, Math.floor(tokenLifetime / 2));
    const issuedAt = Math.floor((clock.now() + clockOffset) / 1000) - backdatedBy;
    const claims = {
      // JSON leaves out what is undefined.
      iss: issuerId,
      sub: issuerId === undefined ? "user" : undefined,
      iat: issuedAt,
      exp: issuedAt + tokenLifetime,
      aud: "appstoreconnect-v1",
      scope,
    };
    const jws = new CompactSign(new TextEncoder().encode(JSON.stringify(claims)));
    const token = await jws.setProtectedHeader({ alg: "ES256", kid: keyId, typ: "JWT" }).sign(await key);
    current = { token, renewAt: (issuedAt + tokenLifetime - margin) * 1000 };
    return token;
  }

  return {
    get() {
      if (current && clock.now() + clockOffset < current.renewAt) return current.token;
      signing ??= sign().finally(() => {
        signing = undefined;
      });
      return signing;
    },
    refused(token, serverTime) {
      // Several calls can get a 401 for the same token: only the first one drops it.
      if (current?.token !== token) return true;
      current = undefined;
      const offset = serverTime === undefined ? 0 : serverTime - clock.now();
      if (serverTime !== undefined && Math.abs(offset) <= MAX_CLOCK_OFFSET) clockOffset = offset;
      return true;
    },
  };
}

/** @throws TypeError if the token cannot be sent in a header. The message does not show it. */
export function checkToken(token: unknown): string {
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new TypeError("token: expected a non-empty string of printable ASCII without spaces");
}

/** Tokens that something else signs: a fixed string, or a function called once per call and again after a 401. */
export function givenTokens(token: string | (() => string | Promise<string>)): TokenSource {
  if (typeof token === "string") return { get: () => token, refused: () => false };
  return { get: async (previous) => previous ?? checkToken(await token()), refused: () => true };
}
