import { createHash } from "node:crypto";
import { IngestError } from "../errors.js";
import { writeSynced } from "../folder/disk.js";
import type { Location } from "../folder/location.js";
import { readSmallFile } from "../folder/small-file.js";
import { type Asset, type Manifest, parseManifest } from "../package/manifest.js";
import { MAX_ZIP_BYTES, readPackageZip } from "../package/zip.js";
import type { DownloadContext } from "./download.js";
import { Patience, TRIES } from "./patience.js";
import type { SignedUrl } from "./signed-url.js";
import { TransferError } from "./transfer-error.js";

/** The package zip, opened and checked. */
export interface Package {
  zip: Buffer;
  manifest: Manifest;
  assets: Asset[];
  manifestBytes: Buffer;
  signatureBytes: Buffer;
}

async function openPackage(zip: Buffer): Promise<Package> {
  const { manifest: manifestBytes, signature: signatureBytes } = await readPackageZip(zip);
  return { zip, ...parseManifest(manifestBytes), manifestBytes, signatureBytes };
}

async function fetchZip(url: string, { cdn }: DownloadContext): Promise<Buffer> {
  return cdn.get(url, {}, async ({ status, header, read }) => {
    if (status !== 200) throw new TransferError(`answered HTTP ${status}`, { status });
    const parts: Uint8Array[] = [];
    let bytes = 0;
    await read((part) => {
      bytes += part.length;
      if (bytes > MAX_ZIP_BYTES) {
        throw new IngestError(
          "package-zip",
          `The package zip is larger than ${MAX_ZIP_BYTES} bytes. It was refused.`,
        );
      }
      parts.push(part);
      return true;
    });
    const length = header("content-length");
    if (length !== undefined && Number(length) !== bytes)
      throw new TransferError(`ended at byte ${bytes} of ${length}`);
    return Buffer.concat(parts);
  });
}

async function downloadZip(url: SignedUrl, context: DownloadContext): Promise<Buffer> {
  const patience = new Patience(context.clock, context.signal);
  for (;;) {
    try {
      return await fetchZip(await url.get(), context);
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      if (error.urlRefused) await url.renew();
      const message = `The package zip: the CDN ${error.message}; given up after ${TRIES} tries.`;
      await patience.failed(() => new IngestError("download", message));
    }
  }
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/**
 * Downloads and opens the package zip. Nothing vouches for its bytes on the way, so a refusal stands only once the
 * same bytes came twice.
 */
async function downloadPackage(url: SignedUrl, context: DownloadContext): Promise<Package> {
  const refused = new Set<string>();
  for (;;) {
    const zip = await downloadZip(url, context);
    try {
      return await openPackage(zip);
    } catch (error) {
      const digest = sha256(zip);
      if (!(error instanceof IngestError) || refused.has(digest) || refused.size === TRIES - 1) throw error;
      refused.add(digest);
    }
  }
}

/** Takes the package zip from staging if an earlier run left the one of this version there, else from the CDN. */
export async function obtainPackage(
  versionId: string,
  url: SignedUrl,
  location: Location,
  context: DownloadContext,
): Promise<Package> {
  const kept = await readSmallFile(location.zip, MAX_ZIP_BYTES);
  const state = await readSmallFile(location.state, 1024);
  const stateOf = (zip: Buffer) => JSON.stringify({ versionId, zipSha256: sha256(zip) });
  if (kept && state?.toString() === stateOf(kept)) return openPackage(kept);
  const content = await downloadPackage(url, context);
  await writeSynced(location.zip, content.zip);
  await writeSynced(location.state, stateOf(content.zip));
  return content;
}
