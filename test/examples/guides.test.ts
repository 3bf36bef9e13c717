import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "app-store-alternative-distribution";
import { ingestPackage, verifyPackage } from "app-store-alternative-distribution/ingest";
import { s3Store } from "app-store-alternative-distribution/s3";
import { createSandbox } from "app-store-alternative-distribution/sandbox";
import { expect, onTestFinished, test } from "vitest";
import { startS3Server } from "../support/s3-server.js";
import { listAssets } from "./first-program.js";
import { publish, repair } from "./object-storage.js";
import { plan } from "./reconcile.js";
import { release } from "./self-hosting.js";
import { upload } from "./upload.js";

async function setUp(options: Parameters<typeof createSandbox>[0] = {}) {
  const sandbox = createSandbox({ seed: "guides", ...options });
  const server = await sandbox.listen();
  const directory = await mkdtemp(join(tmpdir(), "guides-"));
  onTestFinished(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });
  return { sandbox, directory, client: createClient({ ...sandbox.credentials, baseUrl: server.url }) };
}

test("the first program lists what Apple built", async () => {
  const { sandbox, client } = await setUp();
  const { id, bundleId, version } = sandbox.addAppStoreVersion();
  const { packageId, versionId, variantIds, deltaIds } = sandbox.publishVersion(id, {
    variants: 3,
    deltas: 1,
  });
  expect(await listAssets(client, bundleId, version)).toEqual([
    `package ${packageId}, version ${versionId}`,
    ...variantIds.map((variant) => `variant ${variant}`),
    ...deltaIds.map((delta) => `delta ${delta}`),
  ]);
});

test("the release job makes a folder to upload, and can be run again", async () => {
  const { sandbox, client, directory } = await setUp();
  sandbox.addAppStoreVersion({ bundleId: "com.example.app", version: "2.1", variants: 2 });
  const job = {
    bundleId: "com.example.app",
    versionString: "2.1",
    directory,
    pollInterval: 1,
    trust: sandbox.trust,
  };
  const released = { bundleId: "com.example.app", version: "2.1", assets: 2 };
  expect(await release(client, job)).toEqual(released);
  expect((await readdir(directory)).sort()).toEqual(["key-blobs.json", "package"]);
  expect((await verifyPackage(join(directory, "package"), { trust: sandbox.trust })).valid).toBe(true);
  expect(await release(client, job)).toEqual(released);
});

test("reconciling finds what is missing, damaged, outdated or to be removed", async () => {
  const { sandbox, client, directory } = await setUp();
  const { trust } = sandbox;
  const versions = new Map<string, string>();
  const publish = () => sandbox.publishVersion(sandbox.addAppStoreVersion({ variants: 1 }).id).packageId;
  const ingest = async (packageId: string) => {
    const { version } = await ingestPackage(client, {
      packageId,
      directory: join(directory, packageId),
      trust,
    });
    versions.set(packageId, version.id);
  };
  const [good, outdated, damaged, unwanted, missing] = [
    publish(),
    publish(),
    publish(),
    publish(),
    publish(),
  ];
  for (const packageId of [good, outdated, damaged, unwanted]) await ingest(packageId);
  sandbox.publishVersion(outdated, { deltas: 1 });
  await writeFile(join(directory, damaged, "variant", "stray"), "x");
  const gone = "gone";
  await writeFile(join(directory, gone), "");

  const wanted = [good, outdated, damaged, missing, gone];
  expect(await plan(client, { directory, wanted, versionOf: (id) => versions.get(id), trust })).toEqual({
    missing: [damaged, missing],
    outdated: [outdated],
    remove: [unwanted, gone],
  });
});

test("an upload sends the manifest last, and refuses a damaged folder", async () => {
  const { sandbox, client, directory } = await setUp();
  const { packageId } = sandbox.publishVersion(sandbox.addAppStoreVersion({ variants: 2, deltas: 1 }).id);
  const folder = join(directory, "package");
  const { assets } = await ingestPackage(client, { packageId, directory: folder, trust: sandbox.trust });
  const sent: string[] = [];
  const put = async (key: string, body: AsyncIterable<Buffer>, headers: Record<string, string>) => {
    let bytes = 0;
    for await (const part of body) bytes += part.length;
    expect(headers["content-length"]).toBe(`${bytes}`);
    sent.push(key);
  };
  await upload(folder, "packages/1", put, sandbox.trust);
  expect(sent.slice(0, 3).sort()).toEqual(assets.map(({ path }) => `packages/1/${path}`).sort());
  expect(sent.slice(3)).toEqual(["packages/1/signature", "packages/1/manifest.json"]);

  await writeFile(join(folder, "signature"), "");
  await expect(upload(folder, "packages/1", put, sandbox.trust)).rejects.toThrow("is not what Apple signed");
  expect(sent).toHaveLength(5);
});

test("a worker without a disk ingests into a bucket, and repairs it", async () => {
  const { sandbox, client } = await setUp();
  const { trust } = sandbox;
  const { packageId, versionId, variantIds } = sandbox.publishVersion(
    sandbox.addAppStoreVersion({ variants: 2 }).id,
  );
  const [served, hidden] = [await startS3Server(), await startS3Server()];
  const s3 = served.client();
  const keyBlobs = (prefix: string) =>
    s3Store({ client: hidden.client(), bucket: hidden.bucketName, prefix: `key-blobs/${prefix}` });
  const buckets = { s3, packages: served.bucketName, keyBlobs, trust };
  expect(await publish(client, packageId, buckets)).toBe(versionId);
  expect(hidden.bucket.keys("")).toEqual([`key-blobs/${packageId}/key-blobs.json`]);
  expect(await repair(client, packageId, buckets)).toEqual([]);

  const path = `variant/${variantIds[0]}.ipa`;
  served.bucket.get(`${packageId}/${path}`).content.fill(0);
  expect(await repair(client, packageId, buckets)).toEqual([path]);
  const store = s3Store({ client: s3, bucket: served.bucketName, prefix: packageId });
  expect(await verifyPackage(store, { trust })).toMatchObject({ valid: true });
});
