import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { verifyNotification } from "../../src/notifications/index.js";
import { createSandbox, type NotificationType } from "../../src/sandbox/index.js";

function published() {
  const sandbox = createSandbox({ seed: 1, now: () => Date.UTC(2025, 5, 1, 12) });
  const added = sandbox.addAppStoreVersion();
  return { sandbox, ...added, ...sandbox.publishVersion(added.id) };
}

async function verified(request: Request, secret: string) {
  const signature = request.headers.get("x-apple-signature");
  return verifyNotification({ body: await request.text(), signature: signature ?? "", secret });
}

describe("a notification", () => {
  test.each<[NotificationType, object]>([
    ["alternativeDistributionPackageVersionCreated", { change: { action: "ingest" } }],
    ["alternativeDistributionPackageAvailableUpdated", { available: true, territories: ["FRA", "DEU"] }],
    ["alternativeDistributionTerritoryAvailabilityUpdated", { change: { action: "offer" } }],
    ["AlternativeDistributionPackageVersionAvailable", { versionNumber: "1", change: { action: "ingest" } }],
    ["AppVersionsUnavailable", { change: { action: "remove" } }],
    ["AppUnavailable", { change: { action: "remove" } }],
  ])("%s is signed and names what it is about", async (type, expected) => {
    const { sandbox, id, appId, packageId, versionId } = published();
    const event = await verified(sandbox.notification({ type, about: id }), sandbox.notificationSecret);
    expect(event).toMatchObject({ type, appId, ...expected });
    expect(event.date).toEqual(new Date(Date.UTC(2025, 5, 1, 12)));
    if ("versionId" in event) expect(event.versionId).toBe(versionId);
    if ("packageId" in event) expect(event.packageId).toBe(packageId);
    if ("packageIds" in event) expect(event.packageIds).toEqual([packageId]);
  });

  test("takes the id of an app, a package or a version, and its other options", async () => {
    const { sandbox, appId, packageId, versionId } = published();
    const later = sandbox.publishVersion(packageId, { deltas: 1 });
    const type = "alternativeDistributionPackageVersionCreated";
    const versionIdAbout = async (about: string) => {
      const event = await verified(sandbox.notification({ type, about }), sandbox.notificationSecret);
      return "versionId" in event && event.versionId;
    };
    expect(await versionIdAbout(appId)).toBe(later.versionId);
    expect(await versionIdAbout(packageId)).toBe(later.versionId);
    expect(await versionIdAbout(versionId)).toBe(versionId);
    const event = await verified(
      sandbox.notification({
        type: "alternativeDistributionPackageAvailableUpdated",
        about: packageId,
        available: false,
        territories: ["JPN"],
        id: "twice",
        secret: "another",
      }),
      "another",
    );
    expect(event).toMatchObject({
      id: "twice",
      available: false,
      territories: ["JPN"],
      change: { action: "remove" },
    });
  });

  test("can be about an app without a version", async () => {
    const { sandbox } = published();
    const { id } = sandbox.addApp();
    const request = sandbox.notification({ type: "AppUnavailable", about: id });
    expect(await verified(request, sandbox.notificationSecret)).toMatchObject({ appId: id });
  });

  test("has an id of its own each time", async () => {
    const { sandbox, id } = published();
    const ids = [1, 2].map(
      async () => (await sandbox.notification({ type: "AppUnavailable", about: id }).json()).data.id,
    );
    expect(new Set(await Promise.all(ids)).size).toBe(2);
  });

  test("of an unknown type is sent as well", async () => {
    const { sandbox, id } = published();
    const event = await verified(
      sandbox.notification({ type: "ping", about: id }),
      sandbox.notificationSecret,
    );
    expect(event.type).toBe("ping");
  });

  test("rejects its options by name", () => {
    const { sandbox } = published();
    expect(() => sandbox.notification({ type: "AppUnavailable", about: "nobody" })).toThrow(
      /^about: expected the id of an app, .*, got "nobody"$/,
    );
    const { id } = sandbox.addAppStoreVersion();
    expect(() => sandbox.notification({ type: "AppVersionsUnavailable", about: id })).toThrow(
      /^about: expected something with a package, for AppVersionsUnavailable, got ".*", which has none$/,
    );
  });

  test("is posted to a URL", async () => {
    const { sandbox, id } = published();
    const received: { signature: string; body: string }[] = [];
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      received.push({ signature: String(request.headers["x-apple-signature"]), body });
      response.writeHead(204).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/hook`;
    const response = await sandbox.notify({ type: "AppUnavailable", about: id, url });
    server.close().closeAllConnections();
    expect(response.status).toBe(204);
    const [message] = received;
    const secret = sandbox.notificationSecret;
    expect(
      await verifyNotification({
        ...message,
        body: message?.body ?? "",
        signature: message?.signature ?? "",
        secret,
      }),
    ).toMatchObject({ type: "AppUnavailable" });
  });
});
