import { expect, expectTypeOf, test } from "vitest";
import { type AlternativeDistributionPackageResponse, NotFoundError } from "../src/index.js";
import { clientOver, failure } from "./support/client.js";
import { errors, json, page, resource } from "./support/documents.js";

const named = (requestId: string) => ({ headers: { "x-request-id": requestId, "x-more": "m" } });

test("a call gives its document with status, headers and request id, from one request", async () => {
  const { client, sent } = clientOver(() => json(resource("K"), named("R-1")));
  const call = client.packages.get("K");
  const { document, response } = await call.withResponse();
  expectTypeOf(document).toEqualTypeOf<AlternativeDistributionPackageResponse>();
  expect(document).toEqual(resource("K"));
  expect(response).toMatchObject({ status: 200, requestId: "R-1" });
  expect(response.headers.get("x-more")).toBe("m");
  expect(await call).toBe(document);
  expect(sent).toHaveLength(1);
});

test("a created package comes with its 201, and a response without a request id has none", async () => {
  const { client } = clientOver(() => json(resource("K"), { status: 201 }));
  const { response } = await client.packages.create({ appStoreVersionId: "1" }).withResponse();
  expect(response).toMatchObject({ status: 201, requestId: undefined });
});

test("a failed call rejects once, and leaves no other rejection behind", async () => {
  const { client } = clientOver(() => json(errors(404, "NOT_FOUND"), { status: 404 }));
  expect(await failure(client.packages.get("K").withResponse())).toBeInstanceOf(NotFoundError);
  expect(await failure(client.packages.get("K"))).toBeInstanceOf(NotFoundError);
});

test("a wrong id rejects, and does not throw at the call", async () => {
  const { client } = clientOver(() => json(resource("K")));
  const call = client.packages.create({ appStoreVersionId: "" });
  expect(String(await failure(call))).toContain("appStoreVersionId: expected a resource id");
});

test("a list gives the response of each page", async () => {
  const next = "https://api.appstoreconnect.apple.com/v1/alternativeDistributionPackages/K/versions?cursor=1";
  const { client } = clientOver((_, n) => json(page([`v${n}`], n === 0 ? next : undefined), named(`R-${n}`)));
  const seen: unknown[] = [];
  for await (const { document, response } of client.packages.listVersions("K").withResponse()) {
    seen.push([document.data.map(({ id }) => id), response.requestId]);
  }
  expect(seen).toEqual([
    [["v0"], "R-0"],
    [["v1"], "R-1"],
  ]);
});
