import { describe, expect, test } from "vitest";
import { NotificationBodyError } from "../../src/notifications/index.js";
import * as samples from "./samples.js";
import { read } from "./support.js";

const { appId, marketplaceAppId, packageId, otherPackageId, versionId } = samples;
const app = { appId, marketplaceAppId };

describe("an event has the fields of its type and a change", () => {
  test.each([
    {
      sample: samples.versionCreated,
      fields: { versionId },
      change: { action: "ingest", ...app, versionId },
    },
    {
      sample: samples.packageAvailable,
      fields: { packageId, available: true, territories: ["FRA", "DEU"] },
      change: { action: "ingest", ...app, packageId, territories: ["FRA", "DEU"] },
    },
    {
      sample: samples.packageUnavailable,
      fields: { packageId, available: false, territories: ["FRA", "DEU"] },
      change: { action: "remove", ...app, packageIds: [packageId], territories: ["FRA", "DEU"] },
    },
    {
      sample: samples.territoryAvailable,
      fields: { available: true, territories: ["FRA"] },
      change: { action: "offer", ...app, territories: ["FRA"] },
    },
    {
      sample: samples.territoryUnavailable,
      fields: { available: false, territories: ["FRA"] },
      change: { action: "remove", ...app, territories: ["FRA"] },
    },
    {
      sample: samples.versionAvailable,
      fields: { packageId, versionId, versionNumber: "1" },
      change: { action: "ingest", ...app, packageId, versionId },
    },
    {
      sample: samples.appVersionsUnavailable,
      fields: { packageIds: [packageId, otherPackageId] },
      change: { action: "remove", ...app, packageIds: [packageId, otherPackageId] },
    },
    { sample: samples.appUnavailable, fields: {}, change: { action: "remove", ...app } },
  ])("$sample.data.type → $change.action", async ({ sample, fields, change }) => {
    const { type, id, attributes } = sample.data;
    const timestamp = "timestamp" in attributes ? attributes.timestamp : attributes.eventTimestamp;
    expect(await read(sample)).toEqual({
      type,
      id,
      timestamp,
      date: new Date(timestamp),
      ...app,
      ...fields,
      change,
      document: sample,
    });
  });
});

test("relations are read without `data` around them too, as in events of background assets", async () => {
  for (const sample of [samples.versionCreated, samples.packageUnavailable]) {
    const { instance, marketplaceApp } = sample.data.relationships;
    const relationships = { instance: instance.data, marketplaceApp: marketplaceApp.data };
    const { change } = await read({ data: { ...sample.data, relationships } });
    expect(change).toStrictEqual((await read(sample)).change);
  }
});

test("AppVersionUnavailable is another name of AppVersionsUnavailable", async () => {
  const { data } = samples.appVersionsUnavailable;
  const renamed = { data: { ...data, type: "AppVersionUnavailable" } };
  const expected = await read(samples.appVersionsUnavailable);
  expect(await read(renamed)).toEqual({ ...expected, document: renamed });
});

describe("an event of any other type", () => {
  test("has its own type, and everything that was sent", async () => {
    expect(await read(samples.ping)).toEqual({
      type: "webhookPingCreated",
      id: samples.ping.data.id,
      timestamp: "2025-07-17T14:55:16.125Z",
      date: new Date("2025-07-17T14:55:16.125Z"),
      change: undefined,
      document: samples.ping,
    });
  });

  test.each(["constructor", "__proto__", "toString", "appunavailable", "AppUnavailable ", "unknown"])(
    "may be called %s",
    async (type) => {
      expect(await read({ data: { type, id: "1" } })).toMatchObject({ type, id: "1", change: undefined });
    },
  );

  test("may have a relationship without data, and no version", async () => {
    const { type, id, attributes } = samples.backgroundAsset.data;
    const { timestamp } = attributes;
    const date = new Date(Date.parse("2025-11-03T08:15:30.123Z"));
    const expected = { type, id, timestamp, date, change: undefined, document: samples.backgroundAsset };
    expect(await read(samples.backgroundAsset)).toEqual(expected);
  });

  test("may have no attributes or malformed ones", async () => {
    for (const attributes of [undefined, null, 7, [], { timestamp: 7 }, { timestamp: null }]) {
      const event = await read({ data: { type: "new", id: "1", attributes } });
      expect([event.timestamp, event.date]).toEqual([undefined, undefined]);
    }
  });
});

describe("a timestamp stays as it was sent, and date is the same time", () => {
  test.each([
    ["2025-07-10T22:35:02Z", "2025-07-10T22:35:02.000Z"],
    ["2025-07-10T22:35:02.16Z", "2025-07-10T22:35:02.160Z"],
    ["2025-07-10T22:35:02.541Z", "2025-07-10T22:35:02.541Z"],
    ["2025-07-10T22:35:02.541411Z", "2025-07-10T22:35:02.541Z"],
    ["2023-11-27T10:40:37.246-08:00", "2023-11-27T18:40:37.246Z"],
    ["2023-11-27T18:40:32.143-00:00", "2023-11-27T18:40:32.143Z"],
    ["2025-07-10T22:35:02.999999+02:00", "2025-07-10T20:35:02.999Z"],
  ])("%s", async (timestamp, moment) => {
    const event = await read({ data: { type: "new", id: "1", attributes: { timestamp } } });
    expect(event.timestamp).toBe(timestamp);
    expect(event.date?.toISOString()).toBe(moment);
  });

  test.each([
    ...["", "soon", "1", "1752187002", "2025-07-10", "2025-07-10T22:35:02", "2025-07-10T22:35:02123Z"],
    "2025-13-45T99:99:99Z",
  ])("%j is not a time, but the event is read", async (timestamp) => {
    const event = await read({ data: { type: "new", id: "1", attributes: { timestamp } } });
    expect(event).toMatchObject({ timestamp, date: undefined });
  });
});

test("unknown fields are kept, wherever they are", async () => {
  const { data } = samples.versionCreated;
  const extended = {
    data: {
      ...data,
      newField: 1,
      attributes: { ...data.attributes, newAttribute: { deep: [1] } },
      relationships: { ...data.relationships, newRelationship: { data: null } },
    },
    meta: { delivery: 2 },
  };
  const event = await read(extended);
  expect(event.document).toEqual(extended);
  expect(event.change).toEqual((await read(samples.versionCreated)).change);
});

test("a change of an event's list does not change its document", async () => {
  const event = await read(samples.appVersionsUnavailable);
  if (event.type === "AppVersionsUnavailable") event.packageIds.pop();
  expect(event.document).toEqual(samples.appVersionsUnavailable);
  expect(event).toMatchObject({ packageIds: [packageId] });
});

test("keys with the names of parts of Object.prototype have no effect", async () => {
  const event = await read(
    '{"__proto__":{"polluted":1},"data":{"type":"new","id":"1","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
  );
  expect(event.id).toBe("1");
  expect("polluted" in {}).toBe(false);
  expect("polluted" in event).toBe(false);
});

test("fields are not read from Object.prototype", async () => {
  await expect(read('{"__proto__":{"data":{"type":"new","id":"1"}}}')).rejects.toThrow(NotificationBodyError);
  await expect(
    read('{"data":{"type":"AppUnavailable","id":"1","attributes":{"__proto__":{"appId":"1"}}}}'),
  ).rejects.toThrow("data.attributes.appId");
});

describe("a signed body that is not a notification is a NotificationBodyError", () => {
  test.each([
    "",
    " ",
    "{",
    "null",
    "7",
    '"text"',
    "[]",
    "{}",
    '{"data":null}',
    '{"data":[]}',
    '{"data":"text"}',
    '{"data":{}}',
    '{"data":{"type":"new"}}',
    '{"data":{"id":"1"}}',
    '{"data":{"type":"","id":"1"}}',
    '{"data":{"type":"new","id":""}}',
    '{"data":{"type":"new","id":1}}',
    '{"data":{"type":["new"],"id":"1"}}',
    '[{"data":{"type":"new","id":"1"}}]',
    '{"data":{"type":"new","id":"1"}} {}',
    `${"[".repeat(100_000)}`,
  ])("%.40s", async (body) => {
    await expect(read(body)).rejects.toThrow(NotificationBodyError);
  });

  test("also if it is not UTF-8", async () => {
    const latin1 = Buffer.from('{"data":{"type":"new","id":"é"}}', "latin1");
    await expect(read(latin1)).rejects.toThrow(NotificationBodyError);
  });
});

describe("a known type must have the fields that are needed to act on it", () => {
  const { versionCreated, packageUnavailable, territoryUnavailable, versionAvailable } = samples;
  const { appVersionsUnavailable, appUnavailable } = samples;

  test.each([
    { sample: versionCreated, path: ["attributes", "appId"] },
    { sample: versionCreated, path: ["relationships"] },
    { sample: versionCreated, path: ["relationships", "instance"] },
    { sample: versionCreated, path: ["relationships", "instance", "data"] },
    { sample: versionCreated, path: ["relationships", "instance", "data", "id"] },
    { sample: packageUnavailable, path: ["attributes", "available"] },
    { sample: packageUnavailable, path: ["relationships", "instance", "data", "id"] },
    { sample: territoryUnavailable, path: ["attributes", "available"] },
    { sample: versionAvailable, path: ["attributes", "alternativeDistributionPackageId"] },
    { sample: versionAvailable, path: ["attributes", "alternativeDistributionPackageVersionId"] },
    { sample: appVersionsUnavailable, path: ["attributes", "alternativeDistributionPackageIds"] },
    { sample: appUnavailable, path: ["attributes"] },
    { sample: appUnavailable, path: ["attributes", "appId"] },
  ])("$sample.data.type without $path", async ({ sample, path }) => {
    for (const wrong of [undefined, null, 7, [7]]) {
      const refused = read(replace(sample, ["data", ...path], wrong));
      await expect(refused).rejects.toThrow(NotificationBodyError);
      await expect(refused).rejects.toThrow(path.join("."));
    }
  });

  test("malformed territories are refused: without them, a removal would be for all territories", async () => {
    for (const wrong of ["FRA", [7], [""], {}]) {
      const malformed = replace(packageUnavailable, ["data", "attributes", "territories"], wrong);
      await expect(read(malformed)).rejects.toThrow("data.attributes.territories");
    }
    for (const none of [undefined, null]) {
      const everywhere = replace(packageUnavailable, ["data", "attributes", "territories"], none);
      expect((await read(everywhere)).change).toMatchObject({ action: "remove", territories: undefined });
    }
  });

  test("other fields may be missing", async () => {
    const bare = { data: { type: "AppUnavailable", id: "1", attributes: { appId } } };
    expect(await read(bare)).toMatchObject({
      marketplaceAppId: undefined,
      timestamp: undefined,
      change: { action: "remove", appId },
    });
  });

  test("an empty list of packages removes no package, and not the whole app", async () => {
    const none = replace(
      appVersionsUnavailable,
      ["data", "attributes", "alternativeDistributionPackageIds"],
      [],
    );
    expect((await read(none)).change).toMatchObject({ action: "remove", packageIds: [] });
  });
});

/** A copy of a document with one field replaced; `undefined` leaves it out of the JSON. */
function replace(document: object, path: string[], value: unknown): unknown {
  const [key = "", ...rest] = path;
  const inner: unknown = Reflect.get(document, key);
  return { ...document, [key]: rest.length > 0 ? replace(inner as object, rest, value) : value };
}
