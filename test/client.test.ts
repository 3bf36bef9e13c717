import { describe, expect, test } from "vitest";
import { type CallOptions, createClient } from "../src/index.js";
import { clientOver, failure } from "./support/client.js";
import { errors, json, page, resource } from "./support/documents.js";
import { serve } from "./support/server.js";

const HOST = "https://api.appstoreconnect.apple.com";

describe("packages.create", () => {
  test("posts the App Store version", async () => {
    const { url, seen } = await serve((_, response) => {
      response.writeHead(201, { "content-type": "application/json; charset=UTF-8" });
      response.end(JSON.stringify(resource("P1", "alternativeDistributionPackages")));
    });
    const { data } = await createClient({ token: "t", baseUrl: url }).packages.create({
      appStoreVersionId: "7",
    });
    expect(data.id).toBe("P1");
    expect(seen[0]).toMatchObject({ method: "POST", headers: { "content-type": "application/json" } });
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({
      data: {
        type: "alternativeDistributionPackages",
        relationships: { appStoreVersion: { data: { type: "appStoreVersions", id: "7" } } },
      },
    });
  });
});

describe("packages.ensure", () => {
  const exists = () => json(errors(409, "ENTITY_ERROR.RELATIONSHIP.INVALID"), { status: 409 });
  const missing = () => json(errors(404, "NOT_FOUND"), { status: 404 });

  test("creates the package", async () => {
    const { client, sent } = clientOver(() => json(resource("P"), { status: 201 }));
    expect((await client.packages.ensure({ appStoreVersionId: "7" })).data.id).toBe("P");
    expect(sent).toHaveLength(1);
  });

  test("reads the package that exists", async () => {
    const { client, sent } = clientOver((_, n) => (n === 0 ? exists() : json(resource("P"))));
    expect((await client.packages.ensure({ appStoreVersionId: "7" })).data.id).toBe("P");
    expect(sent[1]?.url).toBe(`${HOST}/v1/appStoreVersions/7/alternativeDistributionPackage`);
  });

  test("throws the 409 where there is no package to read", async () => {
    const { client } = clientOver((_, n) => (n === 0 ? exists() : missing()));
    expect(await failure(client.packages.ensure({ appStoreVersionId: "7" }))).toMatchObject({
      name: "ConflictError",
      status: 409,
    });
  });

  test("reads with a key that may not create, and throws that 403 where there is nothing to read", async () => {
    const forbidden = () => json(errors(403, "FORBIDDEN_ERROR"), { status: 403 });
    const { client } = clientOver((_, n) => (n === 0 ? forbidden() : json(resource("P"))));
    expect((await client.packages.ensure({ appStoreVersionId: "7" })).data.id).toBe("P");
    const other = clientOver((_, n) => (n === 0 ? forbidden() : missing()));
    expect(await failure(other.client.packages.ensure({ appStoreVersionId: "7" }))).toMatchObject({
      status: 403,
    });
  });

  test("throws the error of the read if it is not a 404", async () => {
    const { client } = clientOver((_, n) =>
      n === 0 ? exists() : json(errors(403, "FORBIDDEN_ERROR"), { status: 403 }),
    );
    expect(await failure(client.packages.ensure({ appStoreVersionId: "7" }))).toMatchObject({ status: 403 });
  });

  test("works after a lost response: the second POST finds the package of the first", async () => {
    let made = false;
    const { url, seen } = await serve((request, response) => {
      if (request.method === "GET") {
        response.end(JSON.stringify(resource("P")));
      } else if (made) {
        response.writeHead(409).end(JSON.stringify(errors(409, "ENTITY_ERROR")));
      } else {
        made = true;
        request.socket.destroy();
      }
    });
    const client = createClient({ token: "t", baseUrl: url });
    expect((await client.packages.ensure({ appStoreVersionId: "7" })).data.id).toBe("P");
    expect(seen.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
  });
});

describe("packages.currentVersion", () => {
  test("asks for the COMPLETED version", async () => {
    const { client, sent } = clientOver(() => json(page(["V2"])));
    expect((await client.packages.currentVersion("P"))?.id).toBe("V2");
    expect(sent[0]?.url).toContain("/versions?");
    expect(sent[0]?.url).toContain("filter[state]=COMPLETED");
  });

  test("is undefined while there is none", async () => {
    const { client } = clientOver(() => json(page([])));
    expect(await client.packages.currentVersion("P")).toBeUndefined();
  });
});

describe("call options", () => {
  test("send headers, but never another token", async () => {
    const { client, sent } = clientOver(() => json(resource()), { userAgent: "shop/1" });
    await client.versions.get("1", undefined, { headers: { "X-Trace": "7", Authorization: "Bearer other" } });
    expect(sent[0]?.init.headers).toMatchObject({
      "x-trace": "7",
      "user-agent": "shop/1",
      authorization: "Bearer test-token",
    });
  });

  test("name a header whose value is impossible, and hide the value", async () => {
    const { client, sent } = clientOver(() => json(resource()));
    const error = await failure(client.versions.get("1", undefined, { headers: { "X-Key": "hidden\n" } }));
    expect(String(error)).toMatch(/^TypeError: headers: the value of X-Key/);
    expect(String(error)).not.toContain("hidden");
    expect(sent).toHaveLength(0);
  });

  test.each([
    [{ timeout: 0 }, "timeout"],
    [{ timeout: Number.NaN }, "timeout"],
    [{ timeout: 2 ** 31 }, "timeout"],
    [{ maxRetries: -1 }, "maxRetries"],
    [{ maxRetries: 1.5 }, "maxRetries"],
    [{ signal: new AbortController() }, "signal"],
    [{ headers: new Headers({ a: "b" }) }, "headers"],
    [{ headers: [["a", "b"]] }, "headers"],
    [{ headers: "a: b" }, "headers"],
  ])("are checked: %j", async (options, name) => {
    const { client, sent } = clientOver(() => json(resource()));
    // The cast stands for callers in JavaScript.
    const error = await failure(client.versions.get("1", undefined, options as CallOptions));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(new RegExp(`^TypeError: ${name}: expected an? `));
    expect(sent).toHaveLength(0);
  });
});

describe("client.api", () => {
  const PATH = "/v1/alternativeDistributionPackages/{id}";

  test("reads typed paths with the client's token", async () => {
    const { client, sent } = clientOver(() => json(resource("K")));
    const { data, error, response } = await client.api.GET("/v1/apps/{id}/alternativeDistributionKey", {
      params: { path: { id: "a b" } },
    });
    expect(data?.data.id).toBe("K");
    expect(error).toBeUndefined();
    expect(response.status).toBe(200);
    expect(sent[0]?.url).toBe(`${HOST}/v1/apps/a%20b/alternativeDistributionKey`);
    expect(sent[0]?.init.headers.authorization).toBe("Bearer test-token");
  });

  test("returns HTTP errors, an empty one too", async () => {
    const body = errors(404, "NOT_FOUND");
    const { client } = clientOver((_, n) =>
      n === 0 ? json(body, { status: 404 }) : new Response(null, { status: 403 }),
    );
    const first = await client.api.GET(PATH, { params: { path: { id: "1" } } });
    expect(first).toMatchObject({ error: body, response: { status: 404 } });
    const second = await client.api.GET(PATH, { params: { path: { id: "1" } } });
    expect(second.data).toBeUndefined();
    expect(second.response.ok).toBe(false);
  });

  test("retries as the methods do", async () => {
    const { client, sent, clock } = clientOver((_, n) =>
      n === 0 ? json("", { status: 503 }) : json(resource()),
    );
    await clock.run(client.api.GET(PATH, { params: { path: { id: "1" } } }));
    expect(sent).toHaveLength(2);
  });

  test("throws for an invalid id, and for an unreadable response", async () => {
    const { client, sent } = clientOver(() => json("<html>"));
    // The casts stand for callers in JavaScript: the types refuse both.
    const missing = { params: { path: {} } } as unknown as { params: { path: { id: string } } };
    expect(await failure(client.api.GET(PATH, missing))).toBeInstanceOf(TypeError);
    const none = {} as unknown as typeof missing;
    expect(await failure(client.api.GET(PATH, none))).toBeInstanceOf(TypeError);
    expect(sent).toHaveLength(0);
    expect(await failure(client.api.GET(PATH, { params: { path: { id: "1" } } }))).toMatchObject({
      name: "AppStoreConnectError",
      status: 200,
    });
  });

  test("gives nothing for 204", async () => {
    const { client } = clientOver(() => new Response(null, { status: 204 }));
    const { data, response } = await client.api.DELETE("/v1/alternativeDistributionKeys/{id}", {
      params: { path: { id: "1" } },
    });
    expect(data).toBeUndefined();
    expect(response.status).toBe(204);
  });

  test("sends its token to no other origin", async () => {
    const { client, sent } = clientOver(() => json(resource()));
    const call = client.api.GET(PATH, { baseUrl: "https://evil.example", params: { path: { id: "1" } } });
    expect(String(await failure(call))).toMatch(
      /^TypeError: baseUrl: this client is for https:\/\/api\.appstore/,
    );
    expect(sent).toHaveLength(0);
  });

  test("runs middleware on light requests", async () => {
    const { client, sent } = clientOver(() => json(resource("1")));
    client.api.use({
      onRequest: ({ request }) => void request.headers.set("x-trace", "7"),
      onResponse: async ({ response }) => void expect(await response.json()).toEqual(resource("1")),
    });
    const { data } = await client.api.GET("/v1/alternativeDistributionPackageVersions/{id}", {
      params: { path: { id: "1" } },
    });
    expect(data?.data.id).toBe("1");
    expect(sent[0]?.init.headers["x-trace"]).toBe("7");
  });
});

describe("the response of client.api", () => {
  const PATH = "/v1/alternativeDistributionKeys/{id}";
  const params = { path: { id: "1" } };
  const ask = async () => {
    const { client } = clientOver(() => json(resource("K"), { headers: { "x-request-id": "R" } }));
    return (await client.api.GET(PATH, { params })).response;
  };

  test("can be read in every form, again and again", async () => {
    const response = await ask();
    const text = JSON.stringify(resource("K"));
    expect(await response.text()).toBe(text);
    expect(await response.json()).toEqual(resource("K"));
    expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(text);
    expect(await (await response.blob()).text()).toBe(text);
    expect(Buffer.from(await response.bytes()).toString()).toBe(text);
    expect(await response.clone().json()).toEqual(resource("K"));
    expect(response.headers.get("x-request-id")).toBe("R");
    expect(response.bodyUsed).toBe(false);
    expect(await new Response(response.body).text()).toBe(text);
    expect(response.bodyUsed).toBe(true);
  });

  test("gives a stream with parseAs", async () => {
    const { client } = clientOver(() => json(resource("K")));
    const { data } = await client.api.GET(PATH, { params, parseAs: "stream" });
    expect(await new Response(data).json()).toEqual(resource("K"));
  });
});

describe("middleware on client.api", () => {
  test("sees the methods' calls and their responses, errors included", async () => {
    const { client } = clientOver((_, n) =>
      n === 0 ? json(resource()) : json(errors(404, "NOT_FOUND"), { status: 404 }),
    );
    const seen: string[] = [];
    client.api.use({
      onRequest: ({ request }) => void request.headers.set("x-trace", "7"),
      onResponse: async ({ request, response }) => {
        seen.push(`${request.method} ${response.status} ${Object.keys(await response.clone().json())}`);
      },
    });
    await client.versions.get("1");
    expect(await failure(client.variants.get("1"))).toMatchObject({ name: "NotFoundError", attempts: 1 });
    expect(seen).toEqual(["GET 200 data,links", "GET 404 errors"]);
  });

  test("adds headers, and can answer in place of the API", async () => {
    const { client, sent } = clientOver(() => json(resource("A")));
    client.api.use({ onRequest: ({ request }) => void request.headers.set("x-trace", "7") });
    await client.versions.get("1");
    expect(sent[0]?.init.headers["x-trace"]).toBe("7");
    client.api.use({ onRequest: () => json(resource("B")) });
    expect((await client.versions.get("1")).data.id).toBe("B");
    expect(sent).toHaveLength(1);
  });
});
