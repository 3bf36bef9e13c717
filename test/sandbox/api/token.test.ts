import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.js";
import { API, NOON, packageFor, setUp, type TokenParts, tokenOf } from "../support.js";

const seconds = NOON / 1000;
const path = "/v1/alternativeDistributionDomains";

async function statusWith(sandbox: Sandbox, authorization: string | undefined, url = API + path) {
  const response = await sandbox.fetch(url, {
    headers: authorization === undefined ? {} : { authorization },
  });
  const { errors } = (await response.json()) as { errors?: { code: string; detail: string }[] };
  return { status: response.status, code: errors?.[0]?.code, detail: errors?.[0]?.detail };
}

const REJECTED: [why: string, parts: TokenParts | ((sandbox: Sandbox) => TokenParts), detail: RegExp][] = [
  ["of a key it does not know", { keyId: "ABCDEFGHIJ" }, /kid/],
  ["without a kid", { header: { kid: undefined } }, /kid/],
  ["signed by another key", { privateKey: createSandbox({ seed: 2 }).credentials.privateKey }, /signature/],
  ["for another audience", { claims: { aud: "someone" } }, /aud/],
  ["for no audience", { claims: { aud: undefined } }, /aud/],
  ["of another issuer", { claims: { iss: "57246542-96fe-1a63-e053-0824d011072a" } }, /iss/],
  ["of a team key without iss", { claims: { iss: undefined, sub: "user" } }, /iss/],
  ["without iat", { claims: { iat: undefined } }, /iat/],
  ["without exp", { claims: { exp: undefined } }, /exp/],
  ["that lives longer than 20 minutes", { claims: { exp: seconds + 1201 } }, /20 minutes/],
  ["that has expired", { claims: { iat: seconds - 600, exp: seconds } }, /expired/],
  ["that ends before it begins", { claims: { iat: seconds + 30, exp: seconds + 20 } }, /begins/],
  ["of the future", { claims: { iat: seconds + 61, exp: seconds + 600 } }, /future/],
  ["whose scope is no list", { claims: { scope: `GET ${path}` } }, /scope/],
  [
    "of an individual key with an iss",
    ({ individualCredentials, credentials }) => ({
      ...individualCredentials,
      claims: { iss: credentials.issuerId, sub: "user" },
    }),
    /iss/,
  ],
  [
    "of an individual key without sub",
    ({ individualCredentials }) => ({ ...individualCredentials, claims: { iss: undefined } }),
    /sub/,
  ],
];

describe("a token", () => {
  test.each(REJECTED)("%s is 401 NOT_AUTHORIZED, and the detail says why", async (_, parts, detail) => {
    const { sandbox } = await setUp();
    const token = await tokenOf(sandbox, typeof parts === "function" ? parts(sandbox) : parts);
    const answer = await statusWith(sandbox, `Bearer ${token}`);
    expect(answer).toMatchObject({ status: 401, code: "NOT_AUTHORIZED" });
    expect(answer.detail).toMatch(detail);
  });

  test.each([
    ["no header", undefined],
    ["another scheme", "Basic abc"],
    ["no JWT", "Bearer abc"],
    ["no JWT with dots", "Bearer a.b.c"],
  ])("%s is 401 NOT_AUTHORIZED", async (_, authorization) => {
    const { sandbox } = await setUp();
    expect(await statusWith(sandbox, authorization)).toMatchObject({ status: 401, code: "NOT_AUTHORIZED" });
  });

  test("signed with a shared secret is rejected, also when the secret is public", async () => {
    const { sandbox, token } = await setUp();
    const [, payload] = token.split(".");
    const header = Buffer.from(JSON.stringify({ alg: "HS256", kid: sandbox.credentials.keyId })).toString(
      "base64url",
    );
    const mac = createHmac("sha256", sandbox.credentials.keyId)
      .update(`${header}.${payload}`)
      .digest("base64url");
    const answer = await statusWith(sandbox, `Bearer ${header}.${payload}.${mac}`);
    expect(answer).toMatchObject({ status: 401, detail: expect.stringContaining("ES256") });
  });

  test("with a changed payload is rejected, also after the original was accepted", async () => {
    const { sandbox, token } = await setUp();
    expect(await statusWith(sandbox, `Bearer ${token}`)).toMatchObject({ status: 200 });
    const [header, , signature] = token.split(".");
    const { iss } = { iss: sandbox.credentials.issuerId };
    const claims = { iss, aud: "appstoreconnect-v1", iat: seconds, exp: seconds + 1 };
    const forged = Buffer.from(JSON.stringify(claims)).toString("base64url");
    expect(await statusWith(sandbox, `Bearer ${header}.${forged}.${signature}`)).toMatchObject({
      status: 401,
    });
  });

  test("is valid until its exp by the sandbox's clock", async () => {
    let now = NOON;
    const { sandbox, token } = await setUp({ now: () => now });
    now += 1_199_999;
    expect(await statusWith(sandbox, `Bearer ${token}`)).toMatchObject({ status: 200 });
    now += 1;
    expect(await statusWith(sandbox, `Bearer ${token}`)).toMatchObject({ status: 401 });
  });

  test("of an individual key is accepted", async () => {
    const { sandbox } = await setUp();
    const claims = { iss: undefined, sub: "user" };
    const token = await tokenOf(sandbox, { ...sandbox.individualCredentials, claims });
    expect(await statusWith(sandbox, `Bearer ${token}`)).toMatchObject({ status: 200 });
  });

  test.each([
    ["GET /v1/alternativeDistributionDomains", "", 200],
    ["GET /v1/alternativeDistributionDomains", "?limit=5", 200],
    ["GET /v1/alternativeDistributionDomains?limit=5", "?limit=5", 200],
    ["GET /v1/alternativeDistributionDomains?limit=5", "?limit=6", 403],
    ["GET /v1/alternativeDistributionDomains?limit=5", "", 403],
    ["POST /v1/alternativeDistributionDomains", "", 403],
    ["GET /v1/alternativeDistributionKeys", "", 403],
  ])("with the scope %s: a GET with the query '%s' is %i", async (scope, query, status) => {
    const { sandbox } = await setUp();
    const token = await tokenOf(sandbox, { claims: { scope: ["GET /v1/apps", scope] } });
    const answer = await statusWith(sandbox, `Bearer ${token}`, API + path + query);
    expect(answer).toMatchObject({ status, ...(status === 403 && { code: "FORBIDDEN_ERROR" }) });
  });
});

test("a marketplace's key reads a package and cannot create one", async () => {
  const { sandbox, call } = await setUp();
  const { keyId, issuerId, privateKey } = sandbox.marketplaceCredentials;
  const token = await tokenOf(sandbox, { keyId, privateKey, claims: { iss: issuerId } });
  const headers = { authorization: `Bearer ${token}` };
  const first = sandbox.addAppStoreVersion();
  const { packageId } = sandbox.publishVersion(first.id);
  expect((await call(`/v1/alternativeDistributionPackages/${packageId}`, { headers })).status).toBe(200);
  const body = packageFor(sandbox.addAppStoreVersion().id);
  const refused = await call("/v1/alternativeDistributionPackages", { method: "POST", body, headers });
  expect(refused.body.errors[0]).toMatchObject({ status: "403", code: "FORBIDDEN_ERROR" });
});

test("a sandbox rejects the keys of another", async () => {
  const [one, two] = [createSandbox({ now: () => NOON }), createSandbox({ now: () => NOON })];
  const token = await tokenOf(one);
  expect((await statusWith(one, `Bearer ${token}`)).status).toBe(200);
  expect((await statusWith(two, `Bearer ${token}`)).status).toBe(401);
});
