import { getEventListeners } from "node:events";
import { setupServer } from "msw/node";
import { afterEach, describe, expect, test } from "vitest";
import { createClient } from "../../../src/index.js";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.js";
import { type CallInit, packageFor, setUp } from "../support.js";

/** The main job: create the package, find its version, list its variants, fetch a file. */
async function mainJob(
  sandbox: Sandbox,
  client: ReturnType<typeof createClient>,
  fetch: typeof globalThis.fetch,
) {
  const { id } = sandbox.addAppStoreVersion({ variants: 3 });
  const { data } = await client.packages.create({ appStoreVersionId: id });
  const version = await client.packages.currentVersion(data.id);
  const variants = await client.versions.listVariants(version?.id ?? "").toArray();
  const url = variants[0]?.attributes?.url ?? "";
  const bytes = await (await fetch(url)).arrayBuffer();
  return { variants: variants.length, bytes: bytes.byteLength, cdn: new URL(url).origin };
}

describe("the main job works", () => {
  const cleanUps: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  test("with the sandbox's fetch given to the client", async () => {
    const sandbox = createSandbox({ seed: 1 });
    const client = createClient({ ...sandbox.credentials, fetch: sandbox.fetch });
    const result = await mainJob(sandbox, client, sandbox.fetch);
    expect(result).toEqual({ variants: 3, bytes: 65_536, cdn: "https://cdn.sandbox.example" });
  });

  test("with msw's handlers", async () => {
    const sandbox = createSandbox({ seed: 1 });
    const msw = setupServer(...sandbox.handlers);
    msw.listen({ onUnhandledRequest: "error" });
    cleanUps.push(() => msw.close());
    const client = createClient(sandbox.credentials);
    const result = await mainJob(sandbox, client, fetch);
    expect(result).toEqual({ variants: 3, bytes: 65_536, cdn: "https://cdn.sandbox.example" });

    sandbox.faults.add({ reset: "before-headers", times: 1 });
    await expect(fetch("https://api.appstoreconnect.apple.com/v1/marketplaceWebhooks")).rejects.toThrow(
      TypeError,
    );
    sandbox.faults.add({ on: "cdn", reset: "mid-body", times: 1 });
    const { url } = await currentFile(client, sandbox);
    const response = await fetch(url);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  test("with a server", async () => {
    const sandbox = createSandbox({ seed: 1 });
    const server = await sandbox.listen();
    cleanUps.push(server.close);
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const client = createClient({ ...sandbox.credentials, baseUrl: server.url });
    const result = await mainJob(sandbox, client, fetch);
    expect(result).toEqual({ variants: 3, bytes: 65_536, cdn: server.url });
  });

  test("with an individual key", async () => {
    const sandbox = createSandbox({ seed: 1 });
    const client = createClient({ ...sandbox.individualCredentials, fetch: sandbox.fetch });
    expect(await mainJob(sandbox, client, sandbox.fetch)).toMatchObject({ variants: 3 });
  });
});

async function currentFile(
  client: ReturnType<typeof createClient>,
  sandbox: Sandbox,
): Promise<{ url: string }> {
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const { data } = await client.versions.get(versionId);
  return { url: data.attributes?.url ?? "" };
}

describe("fetch", () => {
  test("takes a Request, a URL and a string, and keeps no listener on a signal", async () => {
    const sandbox = createSandbox({ seed: 1 });
    const url = "https://api.appstoreconnect.apple.com/v1/apps";
    const controller = new AbortController();
    const { signal } = controller;
    for (const input of [url, new URL(url), new Request(url)]) {
      const response = await sandbox.fetch(input, { signal });
      expect(response.status).toBe(401);
      await response.text();
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
    controller.abort(new Error("enough"));
    await expect(sandbox.fetch(url, { signal })).rejects.toThrow("enough");
  });

  test("follows a redirect, and sends no token to another origin", async () => {
    const sandbox = createSandbox({ seed: 1 });
    sandbox.faults.add({ status: 302, headers: { location: "https://elsewhere.example/v1/apps" }, times: 1 });
    const headers = { authorization: "Bearer secret" };
    await sandbox.fetch("https://api.appstoreconnect.apple.com/v1/apps", { headers });
    expect(sandbox.requests.map(({ origin, hadToken }) => ({ origin, hadToken }))).toEqual([
      { origin: "https://api.appstoreconnect.apple.com", hadToken: true },
      { origin: "https://elsewhere.example", hadToken: false },
    ]);
  });
});

describe("two sandboxes", () => {
  test("with the same seed give the same answers, byte for byte", async () => {
    const record = async () => {
      const { sandbox, call } = await setUp({ seed: "same" });
      const seen: unknown[] = [sandbox.credentials, sandbox.individualCredentials];
      const note = async (path: string, init?: CallInit) => {
        const answer = await call(path, init);
        seen.push([...answer.headers], answer.text);
        return answer.body;
      };
      const { id } = sandbox.addAppStoreVersion({ deltas: 1 });
      await note("/v1/alternativeDistributionPackages", { method: "POST", body: packageFor(id) });
      const { versionId } = sandbox.publishVersion(id, { variants: 3 });
      const variants = await note(`/v1/alternativeDistributionPackageVersions/${versionId}/variants?limit=2`);
      await note(variants.data[0].attributes.url);
      await note("/v1/nowhere");
      seen.push(await sandbox.notification({ type: "AppUnavailable", about: id }).text());
      return seen;
    };
    expect(await record()).toEqual(await record());
  });

  test("in one process share nothing", async () => {
    const [one, two] = [createSandbox(), createSandbox()];
    expect(one.seed).not.toBe(two.seed);
    expect(one.credentials).not.toEqual(two.credentials);
    const { id } = one.addAppStoreVersion();
    const { versionId } = one.publishVersion(id);
    one.faults.add({ status: 500 });
    const client = createClient({ ...two.credentials, fetch: two.fetch });
    await expect(client.versions.get(versionId)).rejects.toMatchObject({ status: 404 });
    expect(one.requests).toHaveLength(0);
    expect(two.requests).toHaveLength(1);
    expect(() => two.publishVersion(id)).toThrow(TypeError);
  });
});
