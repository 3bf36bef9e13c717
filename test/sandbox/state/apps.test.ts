import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createClient } from "../../../src/index.js";
import { createSandbox } from "../../../src/sandbox/index.js";
import { failure } from "../../support/client.js";
import { newKey } from "../../support/keys.js";
import { PUBLIC_KEY } from "../support.js";

function setUp() {
  const sandbox = createSandbox({ seed: 1 });
  return { sandbox, client: createClient({ ...sandbox.credentials, fetch: sandbox.fetch }) };
}

describe("apps", () => {
  test("have App Store versions of several numbers and platforms", async () => {
    const { sandbox, client } = setUp();
    const bundleId = "com.example.app";
    const { id: appId } = sandbox.addApp({ bundleId, name: "Notes" });
    sandbox.addApp({ bundleId: "com.example.app.beta" });
    const ios = sandbox.addAppStoreVersion({ bundleId, version: "1.2.3", state: "READY_FOR_DISTRIBUTION" });
    const mac = sandbox.addAppStoreVersion({ appId, version: "1.2.3", platform: "MAC_OS" });
    sandbox.addAppStoreVersion({ appId, version: "1.2.2", state: "REPLACED_WITH_NEW_VERSION" });
    expect((await client.apps.getByBundleId(bundleId)).attributes).toMatchObject({ name: "Notes" });
    const search = { bundleId, versionString: "1.2.3" };
    expect((await client.appStoreVersions.find(search)).id).toBe(ios.id);
    expect((await client.appStoreVersions.find({ ...search, platform: "MAC_OS" })).id).toBe(mac.id);
    expect(String(await failure(client.appStoreVersions.find({ appId, versionString: "1.2" })))).toContain(
      "it has 1.2.3 (READY_FOR_DISTRIBUTION) and 1.2.2 (REPLACED_WITH_NEW_VERSION)",
    );
    const filtered = await client.appStoreVersions
      .list(appId, { "filter[platform]": ["IOS"], "filter[appVersionState]": ["READY_FOR_DISTRIBUTION"] })
      .toArray();
    expect(filtered.map(({ id }) => id)).toEqual([ios.id]);
  });

  test("give the package of a version with it", async () => {
    const { sandbox, client } = setUp();
    const { id, appId } = sandbox.addAppStoreVersion();
    const { packageId } = sandbox.publishVersion(id);
    const query = { include: ["alternativeDistributionPackage" as const] };
    const [version] = await client.appStoreVersions.list(appId, query).toArray();
    expect(version?.relationships?.alternativeDistributionPackage?.data?.id).toBe(packageId);
  });

  test("are listed for the account that owns them, with filters and sort", async () => {
    const { sandbox, client } = setUp();
    sandbox.addApp({ bundleId: "com.example.b" });
    sandbox.addApp({ bundleId: "com.example.a" });
    const names = async (query: Parameters<typeof client.apps.list>[0]) =>
      (await client.apps.list(query).toArray()).map(({ attributes }) => attributes?.bundleId);
    expect(await names({ sort: ["bundleId"] })).toEqual(["com.example.a", "com.example.b"]);
    expect(await names({ "filter[bundleId]": ["com.example.a"] })).toEqual(["com.example.a"]);
    const marketplace = createClient({ ...sandbox.marketplaceCredentials, fetch: sandbox.fetch });
    const own = await marketplace.apps.list().toArray();
    expect(own.map(({ id }) => id)).toEqual([sandbox.marketplaceAppId]);
  });

  test("without a bundle id and a number get some that no other has", () => {
    const { sandbox } = setUp();
    sandbox.addApp({ bundleId: "com.example.app2" });
    const { bundleId } = sandbox.addApp();
    expect(bundleId).toBe("com.example.app3");
    sandbox.addAppStoreVersion({ bundleId, version: "1.1" });
    expect(sandbox.addAppStoreVersion({ bundleId }).version).toBe("1.2");
  });

  test("refuse ids that exist, and values that Apple does not have", () => {
    const { sandbox } = setUp();
    const { id, bundleId } = sandbox.addApp();
    expect(() => sandbox.addApp({ bundleId })).toThrow(/^bundleId: expected a bundle id that no app/);
    expect(() => sandbox.addApp({ id })).toThrow(/^id: expected an id that no app/);
    expect(() => sandbox.addAppStoreVersion({ appId: id, bundleId: "other" })).toThrow(
      /^bundleId: expected that/,
    );
    // The casts stand for callers in JavaScript.
    expect(() => sandbox.addAppStoreVersion({ state: "DONE" as "ACCEPTED" })).toThrow(
      /^state: expected .*ACCEPTED or/,
    );
    expect(() => sandbox.addAppStoreVersion({ platform: "ios" as "IOS" })).toThrow(
      /^platform: expected .*IOS or/,
    );
  });
});

describe("keys", () => {
  test("are returned in one line, and ensure leaves one", async () => {
    const { sandbox, client } = setUp();
    const { appId } = sandbox.addAppStoreVersion();
    const first = await client.keys.ensure({ publicKey: PUBLIC_KEY, appId });
    expect(first.data.attributes?.publicKey).toBe(PUBLIC_KEY.replaceAll("\n", ""));
    expect(await client.keys.ensure({ publicKey: PUBLIC_KEY, appId })).toEqual({
      ...first,
      links: {
        self: `https://api.appstoreconnect.apple.com/v1/alternativeDistributionKeys/${first.data.id}`,
      },
    });
    expect(await client.keys.list().toArray()).toHaveLength(1);
  });

  test.each([
    ["text", "PEM"],
    ["another curve", newKey("P-384").publicKey.export({ type: "spki", format: "pem" }).toString()],
    [
      "RSA",
      generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" }),
    ],
    ["half a key", PUBLIC_KEY.replace(/\n.{20}/, "\n")],
  ])("are P-256: %s is refused", async (_, publicKey) => {
    const { client } = setUp();
    const error = await failure(client.keys.create({ publicKey: String(publicKey) }));
    expect(error).toMatchObject({ status: 409, code: "ENTITY_ERROR.ATTRIBUTE.INVALID" });
    expect(String(error)).toContain("/data/attributes/publicKey");
  });
});

describe("domains", () => {
  test("are unique, and ensure leaves one", async () => {
    const { client } = setUp();
    const request = { domain: "Shop.example.com", referenceName: "shop" };
    const { data } = await client.domains.ensure(request);
    expect((await client.domains.ensure({ ...request, referenceName: "new" })).data).toEqual(data);
    expect(await failure(client.domains.create(request))).toMatchObject({ status: 409 });
    expect(await failure(client.domains.create({ ...request, domain: "https://a.example" }))).toMatchObject({
      code: "ENTITY_ERROR.ATTRIBUTE.INVALID",
    });
    await client.domains.delete(data.id);
    expect(await client.domains.list().toArray()).toEqual([]);
  });
});

test("a search detail is made, changed and removed", async () => {
  const { sandbox, client } = setUp();
  const { appId } = sandbox.addAppStoreVersion();
  const { data } = await client.searchDetails.create({ appId, catalogUrl: "https://a.example/" });
  await client.searchDetails.update(data.id, { catalogUrl: "https://b.example/" });
  const found = await client.searchDetails.getForApp(appId);
  expect(found.data.attributes?.catalogUrl).toBe("https://b.example/");
  await client.searchDetails.delete(data.id);
  expect(await failure(client.searchDetails.getForApp(appId))).toMatchObject({ status: 404 });
});
