import { decodeProtectedHeader } from "jose/decode/protected_header";
import { compactVerify } from "jose/jws/compact/verify";
import type { Clock } from "./clock.js";
import { ApiError } from "./errors.js";
import type { ApiKey } from "./keys.js";
import type { SandboxRequest } from "./reply.js";

const MAX_LIFETIME = 20 * 60;
/** How far ahead of the server's clock `iat` may be, in seconds. */
const LEEWAY = 60;
/** Verified tokens are kept, by header: verifying one takes longer than all the rest of a request. */
const MAX_KEPT = 1_000;

interface Token {
  readonly key: ApiKey;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Gives the key at once for a token that is known. */
export type Authenticate = (request: SandboxRequest, url: URL) => ApiKey | Promise<ApiKey>;

/**
 * Checks the request's token as Apple does: signature, claims, lifetime and scope.
 * @see https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests
 */
export function createAuthenticate(keys: ReadonlyMap<string, ApiKey>, now: Clock): Authenticate {
  const verified = new Map<string, Token>();

  const admit = ({ key, claims }: Token, request: SandboxRequest, url: URL) => {
    checkTimes(claims, now() / 1000);
    checkScope(claims.scope, request.method, url);
    return key;
  };

  return (request, url) => {
    const authorization = request.headers.get("authorization") ?? "";
    const known = verified.get(authorization);
    if (known) return admit(known, request, url);
    const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (bearer === undefined) throw refused("The Authorization header with a bearer token is missing.");
    return verify(bearer, keys).then((token) => {
      if (verified.size >= MAX_KEPT) verified.clear();
      verified.set(authorization, token);
      return admit(token, request, url);
    });
  };
}

async function verify(bearer: string, keys: ReadonlyMap<string, ApiKey>): Promise<Token> {
  const { alg, kid } = readHeader(bearer);
  if (alg !== "ES256") throw refused("The token's alg must be ES256.");
  if (typeof kid !== "string") throw refused("The token's header has no kid.");
  const key = keys.get(kid);
  if (!key) throw refused("The token's kid names no key of this account.");
  const verification = await compactVerify(bearer, key.publicKey, { algorithms: ["ES256"] }).catch(() => {
    throw refused("The token's signature does not fit its key.");
  });
  const claims = readClaims(verification.payload);
  checkIdentity(claims, key);
  return { key, claims };
}

function readHeader(bearer: string) {
  try {
    return decodeProtectedHeader(bearer);
  } catch {
    throw refused("The token is not a JWT.");
  }
}

function readClaims(payload: Uint8Array): Readonly<Record<string, unknown>> {
  let claims: unknown;
  try {
    claims = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    // Falls through to the refusal below.
  }
  if (typeof claims !== "object" || claims === null) throw refused("The token's payload is no JSON object.");
  return { ...claims };
}

function checkIdentity(claims: Token["claims"], key: ApiKey): void {
  if (claims.aud !== "appstoreconnect-v1") throw refused("The token's aud must be appstoreconnect-v1.");
  if (key.issuerId === undefined) {
    if (claims.iss !== undefined) throw refused("An individual key's token has no iss.");
    if (claims.sub !== "user") throw refused("An individual key's token needs sub: user.");
  } else if (claims.iss !== key.issuerId) throw refused("The token's iss is not the issuer of its key.");
}

function checkTimes({ iat, exp }: Token["claims"], now: number): void {
  if (typeof iat !== "number") throw refused("The token has no iat in seconds.");
  if (typeof exp !== "number") throw refused("The token has no exp in seconds.");
  if (exp - iat > MAX_LIFETIME) throw refused("The token lives longer than 20 minutes.");
  if (exp <= iat) throw refused("The token ends before it begins.");
  if (exp <= now) throw refused("The token has expired.");
  if (iat > now + LEEWAY) throw refused("The token's iat is in the future.");
}

/** Entries look like `GET /v1/apps?filter[platform]=IOS`; parameters an entry names must be as it says. */
function checkScope(scope: unknown, method: string, url: URL): void {
  if (scope === undefined) return;
  if (!Array.isArray(scope)) throw refused("The token's scope is no list.");
  const covered = scope.some((entry) => {
    const [, entryMethod, target] = /^([A-Z]+) (\S+)$/.exec(String(entry)) ?? [];
    if (entryMethod !== method || target === undefined) return false;
    const allowed = URL.canParse(target, url) ? new URL(target, url) : undefined;
    if (allowed?.pathname !== url.pathname) return false;
    return [...allowed.searchParams].every(([name, value]) => url.searchParams.get(name) === value);
  });
  if (!covered) throw new ApiError(403, "FORBIDDEN_ERROR", "The token's scope does not cover this request.");
}

function refused(detail: string): ApiError {
  return new ApiError(401, "NOT_AUTHORIZED", detail);
}
