import { expect, test } from "vitest";
import { PUBLIC_KEY, problem, setUp } from "../support.js";

test("an app has one key and one search detail, until they are deleted", async () => {
  const { sandbox, call } = await setUp();
  const { appId } = sandbox.addAppStoreVersion();
  const create = () =>
    call("/v1/alternativeDistributionKeys", {
      method: "POST",
      body: {
        data: {
          type: "alternativeDistributionKeys",
          attributes: { publicKey: PUBLIC_KEY },
          relationships: { app: { data: { type: "apps", id: appId } } },
        },
      },
    });
  const created = await create();
  expect(problem(await create())).toMatchObject({
    status: 409,
    source: { pointer: "/data/relationships/app" },
  });
  const ofApp = await call(`/v1/apps/${appId}/alternativeDistributionKey`);
  expect(ofApp.body.data).toEqual(created.body.data);
  await call(`/v1/alternativeDistributionKeys/${created.body.data.id}`, { method: "DELETE" });
  expect(problem(await call(`/v1/apps/${appId}/alternativeDistributionKey`)).status).toBe(404);
  expect((await create()).status).toBe(201);
});
