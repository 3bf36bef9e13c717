import { describe, expect, test } from "vitest";
import { packageFor, problem, setUp } from "./support.js";

const packages = "/v1/alternativeDistributionPackages";

async function published() {
  const set = await setUp();
  const { id } = set.sandbox.addAppStoreVersion();
  return { ...set, ...set.sandbox.publishVersion(id) };
}

describe("a query", () => {
  test.each([
    ["limit=0", "PARAMETER_ERROR.INVALID", "limit"],
    ["limit=201", "PARAMETER_ERROR.INVALID", "limit"],
    ["limit=1e2", "PARAMETER_ERROR.INVALID", "limit"],
    ["limit=", "PARAMETER_ERROR.INVALID", "limit"],
    ["limit[variants]=51&include=variants", "PARAMETER_ERROR.INVALID", "limit[variants]"],
    ["include=variant", "PARAMETER_ERROR.INVALID", "include"],
    ["include=variants&include=deltas", "PARAMETER_ERROR.INVALID", "include"],
    ["filter[state]=COMPLETED,PENDING", "PARAMETER_ERROR.INVALID", "filter[state]"],
    [
      "fields[alternativeDistributionPackageVersions]=name",
      "PARAMETER_ERROR.INVALID",
      "fields[alternativeDistributionPackageVersions]",
    ],
    ["cursor=abc", "PARAMETER_ERROR.INVALID", "cursor"],
    ["sort=version", "PARAMETER_ERROR.ILLEGAL", "sort"],
    ["fields[apps]=name", "PARAMETER_ERROR.ILLEGAL", "fields[apps]"],
  ])("%s is refused with the parameter's name", async (query, code, parameter) => {
    const { call, packageId } = await published();
    const answer = await call(`${packages}/${packageId}/versions?${query}`);
    expect(problem(answer)).toEqual({ status: 400, code, source: { parameter } });
  });

  test("a cursor of one list is not good for another", async () => {
    const { call, versionId } = await published();
    const variants = `/v1/alternativeDistributionPackageVersions/${versionId}/variants`;
    const page = await call(`${variants}?limit=1`);
    const cursor = page.body.meta.paging.nextCursor;
    expect((await call(`${variants}?limit=1&cursor=${cursor}`)).status).toBe(200);
    const other = await call(variants.replace("variants", `deltas?cursor=${cursor}`));
    expect(problem(other).code).toBe("PARAMETER_ERROR.INVALID");
  });

  test("a cursor is no parameter where there is no list", async () => {
    const { call, packageId } = await published();
    expect(problem(await call(`${packages}/${packageId}?cursor=abc`)).code).toBe("PARAMETER_ERROR.ILLEGAL");
  });
});

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
      "does not link what it must",
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
      "links what is not there",
      { data: { type, relationships } },
      409,
      "ENTITY_ERROR.RELATIONSHIP.INVALID",
      there,
    ],
  ])("that %s is refused with its place", async (_, body, status, code, pointer) => {
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
      "has one too many",
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

  test("an update takes null where the description allows it, and only its own id", async () => {
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

describe("a request", () => {
  test.each([
    ["GET", "/", 404, "PATH_ERROR"],
    ["GET", "/v1/alternativeDistributionPackages/", 404, "PATH_ERROR"],
    ["GET", "/v2/alternativeDistributionPackages/1", 404, "PATH_ERROR"],
    ["GET", "/v1/apps", 404, "PATH_ERROR"],
    ["GET", "/v1/alternativeDistributionPackages/1/variants", 404, "PATH_ERROR"],
    ["GET", packages, 405, "METHOD_NOT_ALLOWED"],
    ["DELETE", `${packages}/1`, 405, "METHOD_NOT_ALLOWED"],
    ["PUT", packages, 405, "METHOD_NOT_ALLOWED"],
  ])("%s %s is %i %s", async (method, path, status, code) => {
    const { call } = await setUp();
    expect(problem(await call(path, { method }))).toEqual({ status, code });
  });

  test("405 says what the path takes", async () => {
    const { call } = await setUp();
    const answer = await call("/v1/marketplaceWebhooks", { method: "DELETE" });
    expect(answer.headers.get("allow")).toBe("GET, POST");
  });

  test("is 401 before anything else is looked at", async () => {
    const { call } = await setUp();
    expect(problem(await call("/v1/nowhere", { headers: { authorization: "" } })).status).toBe(401);
  });

  test("that accepts no JSON is 406 in plain text", async () => {
    const { call, packageId } = await published();
    const refused = await call(`${packages}/${packageId}`, { headers: { accept: "text/html" } });
    expect(refused.status).toBe(406);
    expect(refused.headers.get("content-type")).toBe("text/plain");
    for (const accept of [
      "application/json",
      "application/vnd.api+json",
      "application/*",
      "text/html, */*;q=0.1",
    ]) {
      expect((await call(`${packages}/${packageId}`, { headers: { accept } })).status).toBe(200);
    }
  });

  test("has an id, the date of the sandbox's clock and the rate limit in every answer", async () => {
    const { call } = await setUp();
    const answers = [await call("/v1/nowhere"), await call("/v1/marketplaceWebhooks"), await call(packages)];
    expect(new Set(answers.map(({ headers }) => headers.get("x-request-id"))).size).toBe(3);
    for (const { headers } of answers) {
      expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get("date")).toBe("Sun, 01 Jun 2025 12:00:00 GMT");
      expect(headers.get("x-rate-limit")).toMatch(/^user-hour-lim:3500;user-hour-rem:34\d\d;$/);
    }
    expect(answers[0]?.body.errors[0].id).toBe(answers[0]?.headers.get("x-request-id"));
  });
});
