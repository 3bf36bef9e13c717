import { describe, expect, test } from "vitest";
import type { Client } from "../../src/index.js";
import { clientOver, failure } from "../support/client.js";
import { errors, json, page } from "../support/documents.js";

type Attributes = Readonly<Record<string, unknown>>;
type Item = { readonly id: string; readonly attributes: Attributes };

/** An API that has one kind of resource: lists, reads and creates it. */
function account(items: Item[], { hidden = 0, forApp }: { hidden?: number; forApp?: Item } = {}) {
  const log: string[] = [];
  let lists = 0;
  const { client } = clientOver(({ url, init }) => {
    const { pathname, search } = new URL(url);
    log.push(`${init.method} ${pathname}${decodeURIComponent(search)}`);
    if (init.method === "POST") {
      if (items.length > 0 && hidden > 0) return json(errors(409, "ENTITY_ERROR"), { status: 409 });
      const { attributes } = JSON.parse(String(init.body)).data;
      items.push({ id: "new", attributes });
      return json({ data: { type: "t", id: "new", attributes }, links: {} }, { status: 201 });
    }
    if (/\/alternativeDistributionKey$/.test(pathname)) {
      if (forApp) return json({ data: { type: "t", ...forApp }, links: {} });
      return json(errors(404, "NOT_FOUND"), { status: 404 });
    }
    const one = [...items, forApp].find((item) => item && pathname.endsWith(`/${item.id}`));
    if (one) return json({ data: { type: "t", ...one }, links: { self: pathname } });
    const visible = ++lists > hidden ? items : [];
    return json({ ...page([]), data: visible.map((item) => ({ type: "t", ...item })) });
  });
  return { client, log };
}

const LINES = "-----BEGIN PUBLIC KEY-----\nMFkwEwYH\nKoZIzj0C\n-----END PUBLIC KEY-----\n";
const ONE_LINE = "-----BEGIN PUBLIC KEY-----MFkwEwYHKoZIzj0C-----END PUBLIC KEY-----";
const webhook = { appId: "7", name: "shop", secret: "s", eventTypes: [] };
const kinds: {
  kind: string;
  path: string;
  list: string;
  ensure: (client: Client) => Promise<{ data: { id: string } }>;
  same: Attributes;
  other: Attributes;
}[] = [
  {
    kind: "domains",
    path: "/v1/alternativeDistributionDomains",
    list: "/v1/alternativeDistributionDomains?limit=200",
    ensure: ({ domains }) => domains.ensure({ domain: "Shop.example", referenceName: "new" }),
    same: { domain: "shop.example", referenceName: "old" },
    other: { domain: "eshop.example" },
  },
  {
    kind: "keys",
    path: "/v1/alternativeDistributionKeys",
    list: "/v1/alternativeDistributionKeys?exists[app]=false&limit=200",
    ensure: ({ keys }) => keys.ensure({ publicKey: LINES }),
    same: { publicKey: ONE_LINE },
    other: { publicKey: ONE_LINE.replace("KoZI", "KoZJ") },
  },
  {
    kind: "webhooks",
    path: "/v1/webhooks",
    list: "/v1/apps/7/webhooks?limit=200",
    ensure: ({ webhooks }) => webhooks.ensure({ ...webhook, url: "https://shop.example" }),
    same: { url: "https://shop.example/", eventTypes: ["BUILD_UPLOAD_STATE_UPDATED"] },
    other: { url: "https://shop.example/hook" },
  },
];

describe.each(kinds)("$kind.ensure", ({ path, list, ensure, same, other }) => {
  test("reads what exists and changes nothing", async () => {
    const { client, log } = account([
      { id: "x", attributes: other },
      { id: "y", attributes: same },
    ]);
    expect(await ensure(client)).toEqual({
      data: { type: "t", id: "y", attributes: same },
      links: { self: `${path}/y` },
    });
    expect(log).toEqual([`GET ${list}`, `GET ${path}/y`]);
  });

  test("creates what is missing; the second call leaves one", async () => {
    const { client, log } = account([{ id: "x", attributes: other }]);
    expect((await ensure(client)).data.id).toBe("new");
    expect((await ensure(client)).data.id).toBe("new");
    expect(log).toEqual([`GET ${list}`, `POST ${path}`, `GET ${list}`, `GET ${path}/new`]);
  });

  test("reads what another call created in between", async () => {
    const { client, log } = account([{ id: "y", attributes: same }], { hidden: 1 });
    expect((await ensure(client)).data.id).toBe("y");
    expect(log).toEqual([`GET ${list}`, `POST ${path}`, `GET ${list}`, `GET ${path}/y`]);
  });

  test("throws a 409 that has another reason", async () => {
    const { client } = account([{ id: "x", attributes: other }], { hidden: 9 });
    expect(await failure(ensure(client))).toMatchObject({ name: "ConflictError", status: 409 });
  });
});

describe("keys.ensure for an app", () => {
  const request = { publicKey: LINES, appId: "7" };

  test("reads the app's key", async () => {
    const forApp = { id: "k", attributes: { publicKey: ONE_LINE } };
    const { client, log } = account([], { forApp });
    expect((await client.keys.ensure(request)).data.id).toBe("k");
    expect(log).toEqual([
      "GET /v1/apps/7/alternativeDistributionKey",
      "GET /v1/alternativeDistributionKeys/k",
    ]);
  });

  test("takes the account's key, which serves every app", async () => {
    const { client } = account([{ id: "a", attributes: { publicKey: ONE_LINE } }]);
    expect((await client.keys.ensure(request)).data.id).toBe("a");
  });

  test("registers another key than the app has", async () => {
    const forApp = { id: "k", attributes: { publicKey: "other" } };
    const { client } = account([], { forApp });
    expect((await client.keys.ensure(request)).data.id).toBe("new");
  });
});
