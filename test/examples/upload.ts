/**
 * Uploads a package folder to object storage or a CDN. The manifest goes last, because devices read it first, and all
 * that it names must exist by then. To remove a package, delete its manifest first.
 *
 * The host must serve HTTPS and range requests, must not change the names, and must not compress (no
 * `Content-Encoding`). Key blobs are never uploaded: their file is outside the folder.
 */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { verifyPackage } from "app-store-alternative-distribution/ingest";

/** Uploads one file with the client of your storage, for example with S3's `PutObject`. */
export type Put = (key: string, body: Readable, headers: Record<string, string>) => Promise<void>;

// The content of an asset never changes. The signature and the manifest change with every version.
const ASSET = {
  "content-type": "application/octet-stream",
  "cache-control": "public, max-age=31536000, immutable",
};
const SIGNATURE = { "content-type": "application/octet-stream", "cache-control": "no-cache" };
const MANIFEST = { "content-type": "application/json", "cache-control": "no-cache" };

/** @param trust the root that is trusted in place of Apple's, for the sandbox */
export async function upload(directory: string, prefix: string, put: Put, trust?: string): Promise<void> {
  const { valid } = await verifyPackage(directory, { trust });
  if (!valid) throw new Error(`${directory} is not what Apple signed: ingest it again`);
  const send = async (path: string, headers: Record<string, string>) => {
    const file = join(directory, path);
    const { size } = await stat(file);
    await put(`${prefix}/${path}`, createReadStream(file), { ...headers, "content-length": `${size}` });
  };
  for (const folder of ["variant", "delta"]) {
    const names = await readdir(join(directory, folder)).catch(() => []);
    for (const name of names) await send(`${folder}/${name}`, ASSET);
  }
  await send("signature", SIGNATURE);
  await send("manifest.json", MANIFEST);
}
