import { expect, test, vi } from "vitest";
import type { Document } from "../../../generated/document.js";
import { PUBLIC_KEY, setUp } from "../support.js";

/** As if Apple let an app have any number of keys. */
vi.mock("../../../generated/document.js", async (importOriginal) => {
  const { document } = await importOriginal<{ document: Document }>();
  const { "/v1/apps/{id}/alternativeDistributionKey": _, ...paths } = document.paths;
  const keys = {
    ...paths["/v1/alternativeDistributionKeys"]?.get,
    operationId: "apps_keys_getToManyRelated",
  };
  return { document: { ...document, paths: { ...paths, "/v1/apps/{id}/keys": { get: keys } } } };
});

test("a new list of what requests create works from the description alone", async () => {
  const { sandbox, call } = await setUp();
  const { appId } = sandbox.addAppStoreVersion();
  const path = `/v1/apps/${appId}/keys`;
  const idsOf = async (query = "") =>
    (await call(path + query)).body.data.map(({ id }: { id: string }) => id);
  const create = async () => {
    const relationships = { app: { data: { type: "apps", id: appId } } };
    const data = {
      type: "alternativeDistributionKeys",
      attributes: { publicKey: PUBLIC_KEY },
      relationships,
    };
    const created = await call("/v1/alternativeDistributionKeys", { method: "POST", body: { data } });
    expect(created.status).toBe(201);
    return created.body.data.id as string;
  };
  expect(await idsOf()).toEqual([]);
  const [first, second] = [await create(), await create()];
  expect(await idsOf()).toEqual([first, second]);
  expect(await idsOf("?limit=1")).toEqual([first]);
  await call(`/v1/alternativeDistributionKeys/${first}`, { method: "DELETE" });
  expect(await idsOf()).toEqual([second]);
});
