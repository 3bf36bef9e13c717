import { describe, expect, test } from "vitest";
import { endpoints } from "../../generated/endpoints.js";
import type { Client } from "../../src/index.js";
import { clientOver, failure } from "../support/client.js";
import { json, page, resource } from "../support/documents.js";
import { newKey } from "../support/keys.js";

const HOST = "https://api.appstoreconnect.apple.com";

/** Each operation that has a method, by that method; `id` goes where the operation has an id. */
const calls: Record<string, (client: Client, id: string) => Promise<unknown>> = {
  "packages.create": (client, id) => client.packages.create({ appStoreVersionId: id }),
  "packages.get": (client, id) => client.packages.get(id),
  "packages.getForAppStoreVersion": (client, id) => client.packages.getForAppStoreVersion(id),
  "packages.getIdForAppStoreVersion": (client, id) => client.packages.getIdForAppStoreVersion(id),
  "packages.listVersions": (client, id) => client.packages.listVersions(id).toArray(),
  "packages.listVersionIds": (client, id) => client.packages.listVersionIds(id).toArray(),
  "versions.get": (client, id) => client.versions.get(id),
  "versions.listVariants": (client, id) => client.versions.listVariants(id).toArray(),
  "versions.listVariantIds": (client, id) => client.versions.listVariantIds(id).toArray(),
  "versions.listDeltas": (client, id) => client.versions.listDeltas(id).toArray(),
  "versions.listDeltaIds": (client, id) => client.versions.listDeltaIds(id).toArray(),
  "variants.get": (client, id) => client.variants.get(id),
  "deltas.get": (client, id) => client.deltas.get(id),
  "apps.get": (client, id) => client.apps.get(id),
  "apps.list": (client) => client.apps.list().toArray(),
  "appStoreVersions.get": (client, id) => client.appStoreVersions.get(id),
  "appStoreVersions.list": (client, id) => client.appStoreVersions.list(id).toArray(),
  "webhooks.create": (client, id) =>
    client.webhooks.create({
      appId: id,
      name: "shop",
      url: "https://shop.example/",
      secret: "s",
      eventTypes: [],
    }),
  "webhooks.get": (client, id) => client.webhooks.get(id),
  "webhooks.update": (client, id) => client.webhooks.update(id, { enabled: false }),
  "webhooks.delete": (client, id) => client.webhooks.delete(id),
  "webhooks.list": (client, id) => client.webhooks.list(id).toArray(),
  "webhooks.ping": (client, id) => client.webhooks.ping(id),
  "webhooks.listDeliveries": (client, id) => client.webhooks.listDeliveries(id).toArray(),
  "webhooks.redeliver": (client, id) => client.webhooks.redeliver(id),
  "keys.create": (client, id) => client.keys.create({ publicKey: "PEM", appId: id }),
  "keys.get": (client, id) => client.keys.get(id),
  "keys.getForApp": (client, id) => client.keys.getForApp(id),
  "keys.list": (client) => client.keys.list().toArray(),
  "keys.delete": (client, id) => client.keys.delete(id),
  "domains.create": (client, id) => client.domains.create({ domain: id, referenceName: "shop" }),
  "domains.get": (client, id) => client.domains.get(id),
  "domains.list": (client) => client.domains.list().toArray(),
  "domains.delete": (client, id) => client.domains.delete(id),
  "searchDetails.create": (client, id) =>
    client.searchDetails.create({ appId: id, catalogUrl: "https://shop.example/catalog" }),
  "searchDetails.getForApp": (client, id) => client.searchDetails.getForApp(id),
  "searchDetails.update": (client, id) => client.searchDetails.update(id, { catalogUrl: null }),
  "searchDetails.delete": (client, id) => client.searchDetails.delete(id),
};
const operations = Object.values(endpoints).flatMap((endpoint) => ("client" in endpoint ? [endpoint] : []));
/** Methods without the id of an existing resource. */
const WITHOUT_ID = ["apps.list", "keys.list", "domains.list", "domains.create"];

/** How often a request is sent whose first response is lost: the server may have done what it asks for. */
async function sentTimes(call: (client: Client) => Promise<unknown> | undefined): Promise<number> {
  const { client, sent, clock } = clientOver((_, n) => {
    if (n === 0)
      throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNRESET" }) });
    return json(page([]));
  });
  await clock.run(Promise.resolve(call(client))).catch(() => {});
  return sent.length;
}

describe.each(operations)("client.$client", (endpoint) => {
  const call = calls[endpoint.client];

  test("sends its operation, the id escaped, and gives the document", async () => {
    const list = "pageLimit" in endpoint;
    const isDelete = endpoint.method === "delete";
    const { client, sent } = clientOver(() =>
      isDelete ? new Response(null, { status: 204 }) : json(list ? page(["a"]) : resource("a")),
    );
    const answer = await call?.(client, "a/b c?#%");
    expect(answer).toEqual(isDelete ? undefined : list ? page(["a"]).data : resource("a"));
    const path = endpoint.path.replace("{id}", "a%2Fb%20c%3F%23%25");
    expect(sent[0]?.url).toBe(`${HOST}${path}${list ? `?limit=${endpoint.pageLimit}` : ""}`);
    expect(sent[0]?.init).toMatchObject({
      method: endpoint.method.toUpperCase(),
      headers: { accept: "application/json", authorization: "Bearer test-token" },
      redirect: "manual",
    });
  });

  test("after a lost response, is sent again only if it is a GET", async () => {
    expect(await sentTimes((client) => call?.(client, "7"))).toBe(endpoint.method === "get" ? 2 : 1);
  });

  test.skipIf(WITHOUT_ID.includes(endpoint.client)).each(["", " ", ".", "..", "a\ud800", undefined, null, 7])(
    "refuses the id %j before any request",
    async (id) => {
      // A key without an app is one for the whole account.
      if (endpoint.client === "keys.create" && id === undefined) return;
      const { client, sent } = clientOver(() => json(resource()));
      const error = await failure((async () => call?.(client, id as string))());
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toMatch(
        /expected a resource id, a non-empty string other than \. and \.\., got /,
      );
      expect(sent).toHaveLength(0);
    },
  );
});

test.each(Object.values(endpoints))(
  "client.api: after a lost response, $method $path is sent again only if it is a GET",
  async ({ method, path }) => {
    const call = ({ api }: Client) => {
      // The casts: the types know each path with its own methods and parameters, not all of them at once.
      const request = Reflect.get(api, method.toUpperCase()) as (
        path: string,
        init: object,
      ) => Promise<unknown>;
      return request(path, { params: { path: { id: "7" } } });
    };
    expect(await sentTimes(call)).toBe(method === "get" ? 2 : 1);
  },
);

test("packages.ensure alone is sent again: an App Store version has at most one package", async () => {
  expect(await sentTimes(({ packages }) => packages.ensure({ appStoreVersionId: "7" }))).toBe(2);
});

test("each operation with a method is called here", () => {
  expect(Object.keys(calls).sort()).toEqual(operations.map(({ client }) => client).sort());
});

describe("bodies", () => {
  const relation = (type: string, id: string) => ({ data: { type, id } });
  const app = relation("apps", "7");
  const webhook = { name: "shop", url: "https://shop.example/", secret: "s", eventTypes: [] };

  test.each<[string, (client: Client) => Promise<unknown>, object]>([
    [
      "webhooks.create",
      ({ webhooks }) => webhooks.create({ appId: "7", ...webhook, enabled: undefined }),
      { type: "webhooks", attributes: { ...webhook, enabled: true }, relationships: { app } },
    ],
    [
      "webhooks.update",
      ({ webhooks }) => webhooks.update("W", { secret: "new" }),
      { type: "webhooks", id: "W", attributes: { secret: "new" } },
    ],
    [
      "webhooks.ping",
      ({ webhooks }) => webhooks.ping("W"),
      { type: "webhookPings", relationships: { webhook: relation("webhooks", "W") } },
    ],
    [
      "webhooks.redeliver",
      ({ webhooks }) => webhooks.redeliver("D"),
      { type: "webhookDeliveries", relationships: { template: relation("webhookDeliveries", "D") } },
    ],
    [
      "keys.create",
      ({ keys }) => keys.create({ publicKey: "PEM", appId: "7" }),
      { type: "alternativeDistributionKeys", attributes: { publicKey: "PEM" }, relationships: { app } },
    ],
    [
      "keys.create for the account",
      ({ keys }) => keys.create({ publicKey: "PEM" }),
      { type: "alternativeDistributionKeys", attributes: { publicKey: "PEM" } },
    ],
    [
      "domains.create",
      ({ domains }) => domains.create({ domain: "shop.example", referenceName: "Shop" }),
      {
        type: "alternativeDistributionDomains",
        attributes: { domain: "shop.example", referenceName: "Shop" },
      },
    ],
    [
      "searchDetails.create",
      ({ searchDetails }) => searchDetails.create({ appId: "7", catalogUrl: "https://c.example/" }),
      {
        type: "marketplaceSearchDetails",
        attributes: { catalogUrl: "https://c.example/" },
        relationships: { app },
      },
    ],
    [
      "searchDetails.update",
      ({ searchDetails }) => searchDetails.update("S", { catalogUrl: "https://c.example/" }),
      { type: "marketplaceSearchDetails", id: "S", attributes: { catalogUrl: "https://c.example/" } },
    ],
  ])("of %s", async (_, call, data) => {
    const { client, sent } = clientOver(() => json(resource("a")));
    await call(client);
    expect(JSON.parse(String(sent[0]?.init.body))).toEqual({ data });
  });
});

const { privateKey, publicKey, key } = newKey();
const sec1 = key.export({ type: "sec1", format: "pem" }).toString();
const bare = (pem: string) => pem.replace(/-----[^-]*-----/g, "");
const base64 = (text: string) => Buffer.from(text).toString("base64");

test.each<[string, unknown, string]>([
  ["a PEM", privateKey, "a private key"],
  ["a PEM in base64", base64(privateKey), "a private key"],
  ["the body of a PEM", bare(privateKey), "a private key"],
  ["a SEC1 PEM", sec1, "a private key"],
  ["a SEC1 PEM in base64", base64(sec1), "a private key"],
  ["the body of a SEC1 PEM", bare(sec1), "a private key"],
  ["a JWK", key.export({ format: "jwk" }), "object"],
  ["a blank text", " ", "an empty string"],
])("keys.create and keys.ensure neither send nor show a private key: %s", async (_, publicKey, got) => {
  const { client, sent } = clientOver(() => json(page([])));
  // The cast stands for callers in JavaScript.
  const request = { publicKey: publicKey as string };
  for (const call of [client.keys.create(request), client.keys.ensure(request)]) {
    expect(String(await failure(call))).toBe(`TypeError: publicKey: expected a public key, PEM, got ${got}`);
  }
  expect(sent).toHaveLength(0);
});

test("keys.create sends a public key in every form", async () => {
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const { client, sent } = clientOver(() => json(resource("K")));
  for (const form of [pem, bare(pem), base64(pem)]) await client.keys.create({ publicKey: form });
  expect(sent).toHaveLength(3);
});
