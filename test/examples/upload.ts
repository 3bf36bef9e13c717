/**
 * Uploading a finished folder to object storage or a CDN. Devices read the manifest first, so it goes up last: what it
 * names is there by then. To take a package down, delete its manifest first.
 *
 * Names stay exactly as they are, nothing is compressed (no `Content-Encoding`), and the host serves HTTPS and ranges.
 * Key blobs are never uploaded: they stand outside the folder.
 */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { verifyPackage } from "app-store-alternative-distribution/ingest";

/** What the storage's own client does, for example `PutObject` of S3. */
export type Put = (key: string, body: Readable, headers: Record<string, string>) => Promise<void>;

// An asset never changes under its name; the two files that name the assets change with every version.
const ASSET = {
  "content-type": "application/octet-stream",
  "cache-control": "public, max-age=31536000, immutable",
};
const SIGNATURE = { "content-type": "application/octet-stream", "cache-control": "no-cache" };
const MANIFEST = { "content-type": "application/json", "cache-control": "no-cache" };

export async function upload(directory: string, prefix: string, put: Put): Promise<void> {
  const { valid } = await verifyPackage(directory);
  if (!valid) throw new Error(`${directory} is not as its manifest says: ingest it again`);
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
