import { expect, test, vi } from "vitest";
import {
  createRestoreHandler,
  createUpdatesHandler,
  type InstallTokenRequest,
  type ServedApp,
  type WantedApp,
} from "../../src/install/index.js";
import { openJws } from "../support/device/token.js";
import { issuer, keyId, manifestWith, publicKey, tokens } from "./support.js";

const served: ServedApp = { manifest: manifestWith(), packageUrl: "https://example.com/p/1" };
const older = { appleItemId: "6700000042", appleVersionId: "880000001" };
const url = "https://example.com/x";

function post(body: unknown, init: RequestInit = {}): Request {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Request(url, { method: "POST", body: text, ...init });
}

const asked = (apps: unknown = [older], more: object = {}) =>
  post({ apps, platform: "iOS", osVersion: "18.1", ...more });

test("an update is offered in Apple's form, with its own token", async () => {
  const find = vi.fn((_: WantedApp) => ({ ...served, appShareURL: "https://example.com/notes" }));
  const response = await createUpdatesHandler({ find, tokens })(asked());
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  const document = await response.json();
  expect(document).toStrictEqual({
    updates: [
      {
        appleItemId: "6700000042",
        appleVersionId: "880000123",
        alternativeDistributionPackage: "https://example.com/p/1",
        bundleVersion: "7",
        shortVersionString: "2.0.1",
        installVerificationToken: expect.any(String),
        appShareURL: "https://example.com/notes",
      },
    ],
  });
  expect(find.mock.calls[0]?.[0]).toStrictEqual({ ...older, platform: "ios", osVersion: "18.1" });
  const { header, claims } = openJws(document.updates[0].installVerificationToken, publicKey);
  expect(header.kid).toBe(keyId);
  expect(claims).toMatchObject({
    ...{ iss: issuer, bid: "org.example.notes", dtype: "download", iid: "6700000042", vid: "880000123" },
    exp: Number(claims.iat) + 600,
  });
});

test("a restore is offered in Apple's form", async () => {
  const response = await createRestoreHandler({ find: async () => served, tokens })(asked());
  const document = await response.json();
  expect(document).toStrictEqual({
    restores: [
      {
        appleItemId: "6700000042",
        appleVersionId: "880000123",
        alternativeDistributionPackage: "https://example.com/p/1",
        installVerificationToken: expect.any(String),
      },
    ],
  });
  const { claims } = openJws(document.restores[0].installVerificationToken, publicKey);
  expect(claims.dtype).toBe("redownload");
});

test("kind and lifetime of the tokens can be given", async () => {
  const sign = vi.fn(async (_: InstallTokenRequest) => "token");
  const options = { find: () => served, tokens: { sign }, kind: "redownload", lifetime: 1200 } as const;
  await createUpdatesHandler(options)(asked());
  await createRestoreHandler({ ...options, kind: "download" })(asked());
  expect(sign.mock.calls.map(([request]) => request)).toMatchObject([
    { kind: "redownload", lifetime: 1200 },
    { kind: "download", lifetime: 1200 },
  ]);
});

test("apps that are up to date are left out of updates; missing ones are failures in both", async () => {
  const find = ({ appleItemId }: WantedApp) => (appleItemId === "6700000042" ? served : undefined);
  const apps = [
    { ...older, appleVersionId: "880000123" },
    { appleItemId: "1", appleVersionId: "2" },
    { appleItemId: "3" },
  ];
  const failure = { code: 404, description: "This app is not available" };
  const failures = [
    { appleItemId: "1", appleVersionId: "2", failure },
    { appleItemId: "3", failure },
  ];
  const updates = await createUpdatesHandler({ find, tokens })(asked(apps));
  expect(await updates.json()).toStrictEqual({ updates: [], failures });
  const restores = await createRestoreHandler({ find, tokens })(asked(apps));
  expect(await restores.json()).toMatchObject({ restores: [{ appleItemId: "6700000042" }], failures });
});

test.each([
  [{}, { osVersion: "17.4" }, undefined],
  [{}, { osVersion: "17.4.0" }, undefined],
  [{}, { osVersion: "26.0 (23A341)" }, undefined],
  [{}, { osVersion: "17.3.9" }, "This app needs ios 17.4 or later"],
  [{}, { osVersion: "9" }, "This app needs ios 17.4 or later"],
  [{ minimumSystemVersions: { iOS: "18.10" } }, { osVersion: "18.9" }, "This app needs ios 18.10 or later"],
  [{ minimumSystemVersions: {} }, {}, undefined],
  [{ minimumSystemVersions: { ios: "soon" } }, {}, "This app needs ios soon or later"],
  [{ platforms: ["IOS"] }, { platform: "ios" }, undefined],
  [{}, { platform: "iPadOS" }, undefined],
  [{}, { platform: "visionOS" }, "This app is not for visionos"],
  [{ platforms: undefined }, {}, "This app is not for ios"],
])("a package with %j for a device with %j: %s", async (fields, device, problem) => {
  const find = () => ({ ...served, manifest: manifestWith(fields) });
  const restores = await (await createRestoreHandler({ find, tokens })(asked([older], device))).json();
  const updates = await (await createUpdatesHandler({ find, tokens })(asked([older], device))).json();
  expect(updates).not.toHaveProperty("failures");
  if (problem === undefined) {
    expect([updates.updates, restores.restores]).toMatchObject([[{}], [{}]]);
  } else {
    expect(updates).toStrictEqual({ updates: [] });
    expect(restores).toStrictEqual({
      restores: [],
      failures: [{ ...older, failure: { code: 404, description: problem } }],
    });
  }
});

test("ids as numbers, missing versions, unknown fields and repeated apps are accepted", async () => {
  const find = vi.fn((_: WantedApp) => undefined);
  const apps = [
    { appleItemId: 42, appleVersionId: 7, extra: true },
    { appleItemId: "42" },
    { appleItemId: "43", appleVersionId: null },
    { appleItemId: "44", appleVersionId: "" },
  ];
  const response = await createRestoreHandler({ find, tokens })(
    asked(apps, { locale: "mt", platform: "IOS" }),
  );
  expect(response.status).toBe(200);
  const device = { platform: "ios", osVersion: "18.1" };
  expect(find.mock.calls.map(([app]) => app)).toStrictEqual([
    { appleItemId: "42", appleVersionId: "7", ...device },
    { appleItemId: "43", ...device },
    { appleItemId: "44", ...device },
  ]);
});

test.each([
  ["not JSON"],
  ["[]"],
  [{}],
  [{ apps: [] }],
  [{ apps: {}, platform: "iOS", osVersion: "18" }],
  [{ apps: [null], platform: "iOS", osVersion: "18" }],
  [{ apps: [{ appleVersionId: "1" }], platform: "iOS", osVersion: "18" }],
  [{ apps: [{ appleItemId: "../x" }], platform: "iOS", osVersion: "18" }],
  [{ apps: [{ appleItemId: "1", appleVersionId: {} }], platform: "iOS", osVersion: "18" }],
  [{ apps: [{ appleItemId: "1" }], platform: "", osVersion: "18" }],
  [{ apps: [{ appleItemId: "1" }], platform: "iOS", osVersion: 18 }],
  [{ apps: [{ appleItemId: "1" }], platform: "iOS", osVersion: "18..1" }],
  [
    {
      apps: Array.from({ length: 1001 }, (_, id) => ({ appleItemId: id })),
      platform: "iOS",
      osVersion: "18",
    },
  ],
])("%j is answered with 400", async (body) => {
  const find = vi.fn(() => served);
  const response = await createUpdatesHandler({ find, tokens })(post(body));
  expect(response.status).toBe(400);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(find).not.toHaveBeenCalled();
});

test("other methods get 405, and bodies above 1 MiB 413", async () => {
  const handler = createUpdatesHandler({ find: () => served, tokens });
  const get = await handler(new Request(url));
  expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
  expect(get.headers.get("content-type")).toMatch(/^text\/plain; ?charset=utf-8$/i);
  expect((await handler(post(" ".repeat(1_048_577)))).status).toBe(413);
  expect((await handler(asked([older], { padding: "x".repeat(1_000_000) }))).status).toBe(200);
});

test.each([
  [true, 200],
  [false, 401],
  [401, 401],
  [403, 403],
  [undefined, 401],
  [200, 401],
])("authorize says %j: the answer is %d", async (allowed, status) => {
  const find = vi.fn(() => served);
  for (const result of [allowed, Promise.resolve(allowed)]) {
    const authorize = () => result as boolean;
    const response = await createRestoreHandler({ find, tokens, authorize })(asked());
    expect(response.status).toBe(status);
    expect(response.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : null);
  }
  expect(find).toHaveBeenCalledTimes(status === 200 ? 2 : 0);
});

test.each<[string, object]>([
  ["find throws", { find: () => Promise.reject(new Error("database")) }],
  ["authorize throws", { authorize: () => Promise.reject(new Error("keys")) }],
  ["a signature fails", { tokens: { sign: () => Promise.reject(new Error("key")) } }],
  ["tokens give no token", { tokens: { sign: async () => undefined } }],
  ["find returns another app", { find: () => ({ ...served, manifest: manifestWith({ appleItemId: "1" }) }) }],
  ["a manifest lacks a field", { find: () => ({ ...served, manifest: manifestWith({ bundleVersion: 7 }) }) }],
  ["a package URL is wrong", { find: () => ({ ...served, packageUrl: "http://example.com/p" }) }],
])("if %s, the answer is 500 and onError gets the error", async (_, wrong) => {
  const onError = vi.fn(() => {
    throw new Error("ignored");
  });
  const handler = createUpdatesHandler({ find: () => served, tokens, onError, ...wrong });
  const response = await handler(asked());
  expect(response.status).toBe(500);
  expect(await response.text()).toBe("The request could not be answered: ask again later\n");
  expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(Error));
});

test("an onError that rejects has no effect", async () => {
  // Not a mock: that would handle the rejection. vitest fails the run if nothing does.
  let calls = 0;
  const onError = async () => {
    calls += 1;
    throw new Error("log");
  };
  const find = () => Promise.reject(new Error("database"));
  expect((await createUpdatesHandler({ find, tokens, onError })(asked())).status).toBe(500);
  await new Promise(setImmediate);
  expect(calls).toBe(1);
});

test.each<[object, RegExp]>([
  [{ find: undefined }, /^find: expected a function/],
  [{ tokens: undefined }, /^tokens: expected what createInstallTokens resolves to, got undefined/],
  [{ tokens: Promise.resolve(tokens) }, /^tokens: .*got a promise: await createInstallTokens/],
  [{ authorize: true }, /^authorize: expected a function/],
  [{ kind: "update" }, /^kind: expected/],
  [{ lifetime: 2000 }, /^lifetime: expected/],
  [{ timeout: 0 }, /^timeout: expected a number from 1 to 2147483647 \(ms\), got 0$/],
  [{ onError: "log" }, /^onError: expected a function/],
])("the options %j are refused", (wrong, message) => {
  expect(() => createUpdatesHandler({ find: () => served, tokens, ...wrong })).toThrow(message);
});
