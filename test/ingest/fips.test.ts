import crypto from "node:crypto";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { replaceBuiltin } from "../support/replace-builtin.js";
import { startS3Server } from "../support/s3-server.js";
import { MIB, openContext, openTestAsset, testAsset } from "./s3/support/asset.js";
import { temporaryFolder } from "./support/folders.js";
import { servePackage, variant } from "./support/package-server.js";
import { ingestPackage } from "./support/trusted.js";

let refused: number;

// As Node does in FIPS mode, but for this package alone: the servers in this process need MD5.
beforeEach(() => {
  const { createHash } = crypto;
  refused = 0;
  replaceBuiltin(crypto, {
    createHash(algorithm, options) {
      if (algorithm === "md5" && new Error().stack?.includes("/src/ingest/")) {
        refused += 1;
        throw new Error("error:0308010C:digital envelope routines::unsupported");
      }
      return createHash(algorithm, options);
    },
  });
});

const MD5 = "0cc175b9c0f1b6a831c399e269772661";

test("without MD5, a fileChecksum by it is not compared, and the ingest succeeds", async () => {
  const server = await servePackage([
    { ...variant("one", 4000), fileChecksum: MD5 },
    { ...variant("many", 4000, 1000), fileChecksum: MD5 },
  ]);
  const directory = join(temporaryFolder(), "p");
  const result = await ingestPackage(server.client, { versionId: "version", directory });
  expect(result.checksumMismatches).toEqual([]);
  expect(refused).toBeGreaterThan(0);
});

test("without MD5, an S3 upload is not continued, but begun again", async () => {
  const server = await startS3Server();
  const { asset, content } = testAsset(12 * MIB, 6 * MIB);
  const open = async () => openTestAsset(await openContext(server.client(), server.bucketName), asset);
  const killed = await open();
  await killed.write(content, 0, 8 * MIB);
  await killed.writer.close();
  const { writer, write, finish, key } = await open();
  expect(writer.kept).toEqual([]);
  await write(content);
  await finish();
  expect(server.bucket.objects.get(key)?.content.equals(content)).toBe(true);
});
