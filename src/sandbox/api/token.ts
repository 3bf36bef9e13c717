import { decodeProtectedHeader } from "jose/decode/protected_header";
import { compactVerify } from "jose/jws/compact/verify";
import type { Clock } from "../../clock.js";
import { isObject, parseJson } from "../../json.js";
import { parseUrl } from "../../parse-url.js";
import type { SandboxRequest } from "../exchange.js";
import type { SandboxKey } from "../keys.js";
import { Rejection } from "../rejection.js";

/** Seconds. */
const MAX_LIFETIME = 20 * 60;
/** Seconds that `iat` may be ahead of the server's clock. */
const LEEWAY = 60;
/** Tokens kept once they are verified: verifying one takes longer than the rest of a request. */
const MAX_VERIFIED = 1_000;

interface Token {
  readonly key: SandboxKey;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * The key that signed the request's token; without a promise for a token that was verified before.
 * @throws Rejection (401, 403)
 */
export type Authenticate = (request: SandboxRequest, url: URL) => SandboxKey | Promise<SandboxKey>;

/**
 * Checks the request's token as Apple does: signature, claims, lifetime and scope.
 * @see https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests
 */
export function createAuthenticate(keys: ReadonlyMap<string, SandboxKey>, clock: Clock): Authenticate {
  const verified = new Map<string, Token>();

  const accept = ({ key, claims }: Token, request: SandboxRequest, url: URL) => {
    checkTimes(claims, clock.now() / 1000);
    checkScope(claims.scope, request.method, url);
    return key;
  };

  return (request, url) => {
    const authorization = request.headers.get("authorization") ?? "";
    const known = verified.get(authorization);
    if (known) return accept(known, request, url);
    const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (bearer === undefined) throw unauthorized("The Authorization header with a bearer token is missing.");
    return verify(bearer, keys).then((token) => {
      if (verified.size >= MAX_VERIFIED) verified.clear();
      verified.set(authorization, token);
      return accept(token, request, url);
    });
  };
}

async function verify(bearer: string, keys: ReadonlyMap<string, SandboxKey>): Promise<Token> {
  const { alg, kid } = readHeader(bearer);
  if (alg !== "ES256") throw unauthorized("The token's alg must be ES256.");
  if (typeof kid !== "string") throw unauthorized("The token's header has no kid.");
  const key = keys.get(kid);
  if (!key) throw unauthorized("The token's kid is not a key of this account.");
  const verification = await compactVerify(bearer, key.publicKey, { algorithms: ["ES256"] }).catch(() => {
    throw unauthorized("The token's signature does not match its key.");
  });
  const claims = readClaims(verification.payload);
  checkIdentity(claims, key);
  return { key, claims };
}

function readHeader(bearer: string) {
  try {
    return decodeProtectedHeader(bearer);
  } catch {
    throw unauthorized("The token is not a JWT.");
  }
}

function readClaims(payload: Uint8Array): Readonly<Record<string, unknown>> {
  const claims = parseJson(new TextDecoder().decode(payload));
  if (isObject(claims)) return claims;
  throw unauthorized("The token's payload is not a JSON object.");
}

function checkIdentity(claims: Token["claims"], key: SandboxKey): void {
  if (claims.aud !== "appstoreconnect-v1") throw unauthorized("The token's aud must be appstoreconnect-v1.");
  if (key.issuerId === undefined) {
    if (claims.iss !== undefined) throw unauthorized("An individual key's token has no iss.");
    if (claims.sub !== "user") throw unauthorized("An individual key's token needs sub: user.");
  } else if (claims.iss !== key.issuerId) throw unauthorized("The token's iss is not the issuer of its key.");
}

function checkTimes({ iat, exp }: Token["claims"], now: number): void {
  if (typeof iat !== "number") throw unauthorized("The token has no iat in seconds.");
  if (typeof exp !== "number") throw unauthorized("The token has no exp in seconds.");
  if (exp - iat > MAX_LIFETIME) throw unauthorized("The token lives longer than 20 minutes.");
  if (exp <= iat) throw unauthorized("The token ends before it begins.");
  if (exp <= now) throw unauthorized("The token has expired.");
  if (iat > now + LEEWAY) throw unauthorized("The token's iat is in the future.");
}

/** Entries look like `GET /v1/apps?filter[platform]=IOS`. The parameters of an entry must have its values. */
function checkScope(scope: unknown, method: string, url: URL): void {
  if (scope === undefined) return;
  if (!Array.isArray(scope)) throw unauthorized("The token's scope is not a list.");
  const covered = scope.some((entry) => {
    const [, entryMethod, target] = /^([A-Z]+) (\S+)$/.exec(String(entry)) ?? [];
    if (entryMethod !== method || target === undefined) return false;
    const allowed = parseUrl(target, url);
    if (allowed?.pathname !== url.pathname) return false;
    return [...allowed.searchParams].every(([name, value]) => url.searchParams.get(name) === value);
  });
  if (!covered) throw new Rejection(403, "FORBIDDEN_ERROR", "The token's scope does not cover this request.");
}

function unauthorized(detail: string): Rejection {
  return new Rejection(401, "NOT_AUTHORIZED", detail);
}
