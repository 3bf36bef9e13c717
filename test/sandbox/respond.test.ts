import { describe, expect, test } from "vitest";
import { problem, setUp } from "./support.js";

const packages = "/v1/alternativeDistributionPackages";

async function published() {
  const set = await setUp();
  const { id } = set.sandbox.addAppStoreVersion();
  return { ...set, ...set.sandbox.publishVersion(id) };
}

describe("a request", () => {
  test.each([
    ["GET", "/", 404, "PATH_ERROR"],
    ["GET", "/v1/alternativeDistributionPackages/", 404, "PATH_ERROR"],
    ["GET", "/v2/alternativeDistributionPackages/1", 404, "PATH_ERROR"],
    ["GET", "/v1/builds", 404, "PATH_ERROR"],
    ["GET", "/v1/alternativeDistributionPackages/1/variants", 404, "PATH_ERROR"],
    ["GET", packages, 405, "METHOD_NOT_ALLOWED"],
    ["DELETE", `${packages}/1`, 405, "METHOD_NOT_ALLOWED"],
    ["PUT", packages, 405, "METHOD_NOT_ALLOWED"],
  ])("%s %s is %i %s", async (method, path, status, code) => {
    const { call } = await setUp();
    expect(problem(await call(path, { method }))).toEqual({ status, code });
  });

  test("405 lists the methods of the path", async () => {
    const { call } = await setUp();
    const answer = await call("/v1/marketplaceWebhooks", { method: "DELETE" });
    expect(answer.headers.get("allow")).toBe("GET, POST");
  });

  test("is 401 before anything else is checked", async () => {
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
