import { describe, expect, test } from "vitest";
import { packageFor, problem, setUp } from "../support.js";

const packages = "/v1/alternativeDistributionPackages";

describe("a body", () => {
  const relationships = packageFor("nobody").data.relationships;
  const type = "alternativeDistributionPackages";
  const there = "/data/relationships/appStoreVersion";
  test.each<[string, unknown, number, string, string?]>([
    ["is not JSON", "{", 400, "ENTITY_INVALID"],
    ["is no object", [], 422, "ENTITY_UNPROCESSABLE", "/"],
    ["has no data", {}, 422, "ENTITY_UNPROCESSABLE", "/data"],
    [
      "has another member",
      { data: { type, relationships }, extra: 1 },
      422,
      "ENTITY_UNPROCESSABLE",
      "/extra",
    ],
    ["has no type", { data: { relationships } }, 409, "ENTITY_ERROR.REQUIRED", "/data/type"],
    [
      "has another type",
      { data: { type: "apps", relationships } },
      409,
      "ENTITY_ERROR.INVALID",
      "/data/type",
    ],
    [
      "has attributes",
      { data: { type, relationships, attributes: {} } },
      409,
      "ENTITY_ERROR.UNKNOWN",
      "/data/attributes",
    ],
    ["has no relationships", { data: { type } }, 409, "ENTITY_ERROR.REQUIRED", "/data/relationships"],
    [
      "does not have a required link",
      { data: { type, relationships: {} } },
      409,
      "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
      there,
    ],
    [
      "links another type",
      { data: { type, relationships: { appStoreVersion: { data: { type: "apps", id: "1" } } } } },
      409,
      "ENTITY_ERROR.RELATIONSHIP.INVALID",
      `${there}/data/type`,
    ],
    [
      "links something that does not exist",
      { data: { type, relationships } },
      409,
      "ENTITY_ERROR.RELATIONSHIP.INVALID",
      there,
    ],
  ])("that %s is rejected with its place", async (_, body, status, code, pointer) => {
    const { call } = await setUp();
    const answer = await call(packages, { method: "POST", body });
    expect(problem(answer)).toEqual({ status, code, ...(pointer && { source: { pointer } }) });
  });

  const hooks = "/v1/marketplaceWebhooks";
  test.each<[string, object, string, string]>([
    ["misses one", { secret: "s" }, "ENTITY_ERROR.ATTRIBUTE.REQUIRED", "endpointUrl"],
    [
      "has a wrong type",
      { secret: 5, endpointUrl: "https://a.example" },
      "ENTITY_ERROR.ATTRIBUTE.INVALID.TYPE",
      "secret",
    ],
    ["has no URL", { secret: "s", endpointUrl: "here" }, "ENTITY_ERROR.ATTRIBUTE.INVALID", "endpointUrl"],
    [
      "has null",
      { secret: null, endpointUrl: "https://a.example" },
      "ENTITY_ERROR.ATTRIBUTE.INVALID",
      "secret",
    ],
    [
      "has an unknown one",
      { secret: "s", endpointUrl: "https://a.example", toString: "x" },
      "ENTITY_ERROR.ATTRIBUTE.UNKNOWN",
      "toString",
    ],
  ])("whose attributes: %s", async (_, attributes, code, name) => {
    const { call } = await setUp();
    const body = { data: { type: "marketplaceWebhooks", attributes } };
    const answer = await call(hooks, { method: "POST", body });
    expect(problem(answer)).toEqual({ status: 409, code, source: { pointer: `/data/attributes/${name}` } });
  });

  test("an update accepts null where the description allows it, and only its own id", async () => {
    const { call } = await setUp();
    const attributes = { endpointUrl: "https://a.example/", secret: "s" };
    const created = await call(hooks, {
      method: "POST",
      body: { data: { type: "marketplaceWebhooks", attributes } },
    });
    const { id } = created.body.data;
    const update = (documentId: string, changes: object) =>
      call(`${hooks}/${id}`, {
        method: "PATCH",
        body: { data: { type: "marketplaceWebhooks", id: documentId, attributes: changes } },
      });
    expect(
      (await update(id, { secret: null, endpointUrl: "https://b.example/" })).body.data.attributes,
    ).toEqual({
      endpointUrl: "https://b.example/",
    });
    expect(problem(await update("other", {})).status).toBe(409);
    const listed = await call(hooks);
    expect(listed.body.data[0].attributes.endpointUrl).toBe("https://b.example/");
    expect((await call(`${hooks}/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await call(hooks)).body.data).toEqual([]);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])(
    "sent as %s is 415",
    async (contentType) => {
      const { call } = await setUp();
      const headers = { "content-type": contentType };
      const answer = await call(packages, { method: "POST", body: packageFor("x"), headers });
      expect(problem(answer).status).toBe(415);
    },
  );

  test.each(["application/json; charset=UTF-8", "application/vnd.api+json"])(
    "sent as %s is read",
    async (type) => {
      const { call, sandbox } = await setUp();
      const { id } = sandbox.addAppStoreVersion();
      const headers = { "content-type": type };
      expect((await call(packages, { method: "POST", body: packageFor(id), headers })).status).toBe(201);
    },
  );
});
