import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { commitPackage, readPlacedFiles } from "../../../src/ingest/s3/commit.js";
import { openContext } from "./support/asset.js";
import { TEST_SERVERS } from "./support/servers.js";

const prefix = "p/";
const info = { contentType: "application/octet-stream", metadata: {} };

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A package's two files. */
function files(name: string) {
  return { manifest: Buffer.from(`{"m":"${name}"}`), signature: Buffer.from(`signature of ${name}`) };
}

describe.for(TEST_SERVERS)("a commit to $name", ({ open }) => {
  async function openWorkers() {
    const { bucket, client } = await open();
    const { objects } = await openContext(client(), bucket);
    const inPlace = async () => {
      const { manifest, signature } = await readPlacedFiles(objects, prefix);
      return { manifest: manifest?.bytes, signature: signature?.bytes };
    };
    /** A worker that has looked at what is there. */
    const begin = async () => {
      const replaces = await readPlacedFiles(objects, prefix);
      const commit = (name: string) => commitPackage({ objects, prefix, files: files(name), replaces });
      return { commit, replaces };
    };
    /** Does something once, after the next PUT of a key. */
    const afterPut = (key: string, action: () => Promise<unknown>) => {
      const put = objects.put.bind(objects);
      objects.put = async (...args) => {
        const result = await put(...args);
        if (args[0] === key) {
          objects.put = put;
          await action();
        }
        return result;
      };
    };
    return { objects, inPlace, begin, afterPut };
  }

  test("puts both files in place, also over earlier ones", async () => {
    const { begin, inPlace } = await openWorkers();
    for (const name of ["one", "two", "two"]) {
      expect(await (await begin()).commit(name)).toBe(true);
      expect(await inPlace()).toEqual(files(name));
    }
  });

  test("succeeds when another worker commits the same package", async () => {
    const { begin, inPlace } = await openWorkers();
    const workers = [await begin(), await begin(), await begin()];
    expect(await Promise.all(workers.map(({ commit }) => commit("one")))).toEqual([true, true, true]);
    expect(await inPlace()).toEqual(files("one"));
  });

  test("does not replace what another worker has committed since", async () => {
    const { begin, inPlace } = await openWorkers();
    await (await begin()).commit("one");
    const older = await begin();
    const newer = await begin();
    expect(await newer.commit("three")).toBe(true);
    expect(await older.commit("two")).toBe(false);
    expect(await inPlace()).toEqual(files("three"));
  });

  test("of many workers at once leaves the two files of one of them", async () => {
    const { begin, inPlace } = await openWorkers();
    await (await begin()).commit("start");
    for (let round = 0; round < 5; round++) {
      const names = [0, 1, 2, 3].map((worker) => `${round}.${worker}`);
      const workers = await Promise.all(names.map(begin));
      const results = await Promise.all(workers.map(({ commit }, index) => commit(names[index] ?? "")));
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await inPlace()).toEqual(files(names[results.indexOf(true)] ?? ""));
    }
  });

  test("repairs the signature that it has overwritten, when its own manifest comes too late", async () => {
    const { objects, begin, inPlace, afterPut } = await openWorkers();
    await (await begin()).commit("one");
    await objects.put("p/signature", { bytes: files("two").signature }, info);
    // Another worker is between the two files when this one begins, and stores its manifest just in time.
    const late = await begin();
    const metadata = { "adp-signature-sha256": sha256(files("two").signature) };
    const storeManifest = () =>
      objects.put("p/manifest.json", { bytes: files("two").manifest }, { ...info, metadata });
    afterPut("p/signature", storeManifest);
    expect(await late.commit("three")).toBe(false);
    expect(await inPlace()).toEqual(files("two"));
  });

  test("repairs its signature when a late worker has overwritten that", async () => {
    const { objects, begin, inPlace, afterPut } = await openWorkers();
    await (await begin()).commit("one");
    afterPut("p/manifest.json", () => objects.put("p/signature", { bytes: files("three").signature }, info));
    expect(await (await begin()).commit("two")).toBe(true);
    expect(await inPlace()).toEqual(files("two"));
  });

  test("continues after a worker that was killed between the two files", async () => {
    const { objects, begin, inPlace } = await openWorkers();
    await (await begin()).commit("one");
    await objects.put("p/signature", { bytes: files("two").signature }, info);
    expect(await (await begin()).commit("two")).toBe(true);
    expect(await inPlace()).toEqual(files("two"));
  });

  test.for(["over an earlier package", "where nothing was"])(
    "replaces the signature that another worker stored before it was killed, %s",
    async (name) => {
      const { objects, begin, inPlace } = await openWorkers();
      if (name === "over an earlier package") await (await begin()).commit("one");
      const worker = await begin();
      await objects.put("p/signature", { bytes: files("two").signature }, info);
      expect(await worker.commit("three")).toBe(true);
      expect(await inPlace()).toEqual(files("three"));
    },
  );

  test("leaves the package of a worker that stored its signature, and its manifest long after", async () => {
    const { objects, begin, inPlace, afterPut } = await openWorkers();
    await (await begin()).commit("one");
    const worker = await begin();
    await objects.put("p/signature", { bytes: files("two").signature }, info);
    const metadata = { "adp-signature-sha256": sha256(files("two").signature) };
    const storeManifest = () =>
      objects.put("p/manifest.json", { bytes: files("two").manifest }, { ...info, metadata });
    // The first PUT is refused; the second one replaces the signature that is taken for a killed worker's.
    afterPut("p/signature", async () => afterPut("p/signature", storeManifest));
    expect(await worker.commit("three")).toBe(false);
    expect(await inPlace()).toEqual(files("two"));
  });
});
