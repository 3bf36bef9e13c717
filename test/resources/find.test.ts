import { describe, expect, test } from "vitest";
import { clientOver, failure, type Sent } from "../support/client.js";
import { json, page } from "../support/documents.js";

const HOST = "https://api.appstoreconnect.apple.com";
const app = (id: string, bundleId: string) => ({ type: "apps", id, attributes: { bundleId } });
const version = (id: string, versionString: string, appVersionState: string, platform = "IOS") => ({
  type: "appStoreVersions",
  id,
  attributes: { versionString, appVersionState, platform },
});
const list = (data: object[], next?: string) => json({ ...page([], next), data });
const urlsOf = (sent: Sent[]) => sent.map(({ url }) => decodeURIComponent(url).slice(HOST.length));

describe("apps.getByBundleId", () => {
  test("compares exactly and reads every page, because Apple's filter may return more", async () => {
    const { client, sent } = clientOver((_, n) =>
      n === 0
        ? list([app("1", "com.example.app.beta"), app("2", "com.example.App")], "https://x/v1/apps?cursor=2")
        : list([app("3", "com.example.app")]),
    );
    expect(await client.apps.getByBundleId("com.example.app")).toEqual(app("3", "com.example.app"));
    expect(urlsOf(sent)).toEqual([
      "/v1/apps?filter[bundleId]=com.example.app&limit=200",
      "/v1/apps?cursor=2",
    ]);
  });

  test("throws a NotFoundError without a status that names the bundle id", async () => {
    const { client } = clientOver(() => list([app("1", "com.example.app.beta")]));
    expect(await failure(client.apps.getByBundleId("com.example.app"))).toMatchObject({
      name: "NotFoundError",
      message: "no app that this API key can see has the bundle id com.example.app",
      status: undefined,
      method: "GET",
      path: "/v1/apps",
    });
  });

  test.each(["", " ", undefined, 7])("refuses the bundle id %j before any request", async (bundleId) => {
    const { client, sent } = clientOver(() => list([]));
    // The cast stands for callers in JavaScript.
    expect(String(await failure(client.apps.getByBundleId(bundleId as string)))).toMatch(
      /^TypeError: bundleId: expected a non-empty string, got/,
    );
    expect(sent).toHaveLength(0);
  });
});

describe("appStoreVersions.find", () => {
  const search = { bundleId: "com.example.app", versionString: "1.2.3" } as const;

  test("goes from bundle id and number to the version, for iOS", async () => {
    const { client, sent } = clientOver(({ url }) =>
      url.includes("/appStoreVersions")
        ? list([
            version("a", "1.2.3", "READY_FOR_DISTRIBUTION", "MAC_OS"),
            version("b", "1.2.30", "READY_FOR_DISTRIBUTION"),
            version("c", "1.2.3", "READY_FOR_DISTRIBUTION"),
          ])
        : list([app("7", "com.example.app")]),
    );
    expect((await client.appStoreVersions.find(search)).id).toBe("c");
    expect(urlsOf(sent)).toEqual([
      "/v1/apps?filter[bundleId]=com.example.app&limit=200",
      "/v1/apps/7/appStoreVersions?filter[platform]=IOS&filter[versionString]=1.2.3&limit=200",
    ]);
  });

  test("takes an app's id and another platform", async () => {
    const { client, sent } = clientOver(() =>
      list([version("b", "1.2.3", "ACCEPTED"), version("a", "1.2.3", "ACCEPTED", "MAC_OS")]),
    );
    const found = await client.appStoreVersions.find({
      appId: "7",
      versionString: "1.2.3",
      platform: "MAC_OS",
    });
    expect(found.id).toBe("a");
    expect(sent).toHaveLength(1);
    expect(sent[0]?.url).toContain("filter[platform]=MAC_OS");
  });

  const explain = async (versions: object[], more: object = search) => {
    const { client } = clientOver(({ url }) => {
      if (!url.includes("/appStoreVersions")) return list([app("7", "com.example.app")]);
      return list(url.includes("versionString") ? [] : versions);
    });
    // The cast: tests give one of the two forms.
    return failure(client.appStoreVersions.find(more as typeof search));
  };

  test("names the versions that exist if none fits", async () => {
    const error = await explain([
      version("a", "1.2.2", "READY_FOR_DISTRIBUTION"),
      version("x", "1.2.3", "READY_FOR_DISTRIBUTION", "MAC_OS"),
      version("b", "1.2.4", "PENDING_DEVELOPER_RELEASE"),
    ]);
    expect(error).toMatchObject({
      name: "NotFoundError",
      message:
        "com.example.app has no App Store version 1.2.3 for IOS; " +
        "it has 1.2.2 (READY_FOR_DISTRIBUTION) and 1.2.4 (PENDING_DEVELOPER_RELEASE)",
      status: undefined,
      path: "/v1/apps/7/appStoreVersions",
    });
  });

  test("says so where there is nothing, and names no more than ten versions", async () => {
    expect(String(await explain([], { appId: "7", versionString: "1.2.3" }))).toBe(
      "NotFoundError: app 7 has no App Store version 1.2.3 for IOS; it has none",
    );
    const many = Array.from({ length: 30 }, (_, n) => version(`${n}`, `1.${n}`, "REJECTED"));
    expect(String(await explain(many))).toMatch(
      /it has 1\.0 \(REJECTED\), .*, 1\.9 \(REJECTED\) and 20 more$/,
    );
  });

  test("refuses a search without an app or a number before any request", async () => {
    const { client, sent } = clientOver(() => list([]));
    const find = (search: object) => failure(client.appStoreVersions.find(search as never));
    expect(String(await find({ bundleId: "a" }))).toMatch(/^TypeError: versionString: expected/);
    expect(String(await find({ versionString: "1" }))).toMatch(/^TypeError: bundleId: expected/);
    expect(String(await find({ versionString: "1", appId: "" }))).toMatch(/^TypeError: id: expected/);
    expect(sent).toHaveLength(0);
  });
});
