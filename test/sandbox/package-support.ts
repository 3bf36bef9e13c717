import { crc32 } from "node:zlib";
import { expect } from "vitest";
import { fromBuffer } from "yauzl";
import type { AppStoreVersionOptions, SandboxOptions } from "../../src/sandbox/index.js";
import { bytesOf } from "./fault-support.js";
import { setUp } from "./support.js";

/** A sandbox with a published version of a package, and ways to read it. */
export async function published(version: AppStoreVersionOptions = {}, options: SandboxOptions = {}) {
  const set = await setUp(options);
  const { id } = set.sandbox.addAppStoreVersion(version);
  const ids = set.sandbox.publishVersion(id);
  const attributes = async (type: string, id: string | undefined) =>
    (await set.call(`/v1/alternativeDistributionPackage${type}/${id}`)).body.data.attributes;
  const variant = async (index = 0) => attributes("Variants", ids.variantIds[index]);
  const version1 = async () => attributes("Versions", ids.versionId);
  const get = (url: string, headers: Record<string, string> = {}, method = "GET") =>
    set.sandbox.fetch(url, { headers, method });
  /** The files in a version's zip. */
  const files = async (versionId = ids.versionId) => {
    const { url } = await attributes("Versions", versionId);
    return unzip(await bytesOf(await get(url)));
  };
  return { ...set, ...ids, variant, packageVersion: version1, get, files };
}

export async function unzip(bytes: Buffer): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  await new Promise<void>((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      zip.on("entry", (entry) => {
        zip.openReadStream(entry, async (failed, stream) => {
          if (failed) return reject(failed);
          const content = Buffer.concat(await stream.toArray());
          files[entry.fileName] = content;
          expect(entry.crc32).toBe(crc32(content));
          zip.readEntry();
        });
      });
      zip.on("end", resolve).on("error", reject).readEntry();
    });
  });
  return files;
}
