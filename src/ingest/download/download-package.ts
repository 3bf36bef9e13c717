import { createHash } from "node:crypto";
import { IngestError } from "../errors.js";
import { MAX_ZIP_BYTES } from "../package/limits.js";
import { openPackage, type PackageContent } from "../package/package-content.js";
import { Attempts, GIVEN_UP, MAX_WRONG_ATTEMPTS } from "./attempts.js";
import type { CdnClient } from "./cdn-client.js";
import { DownloadError } from "./download-error.js";
import type { DownloadUrl } from "./download-url.js";

async function fetchZip(url: string, cdn: CdnClient): Promise<Buffer> {
  return cdn.get(url, {}, async ({ status, header, read }) => {
    if (status !== 200) throw new DownloadError(`answered HTTP ${status}`, { status });
    const parts: Uint8Array[] = [];
    let bytes = 0;
    await read((part) => {
      bytes += part.length;
      if (bytes > MAX_ZIP_BYTES) {
        const message = `The package zip is larger than ${MAX_ZIP_BYTES} bytes. It was refused.`;
        throw new IngestError("package-zip", message);
      }
      parts.push(part);
      return true;
    });
    const length = header("content-length");
    if (length !== undefined && Number(length) !== bytes)
      throw new DownloadError(`ended at byte ${bytes} of ${length}`);
    return Buffer.concat(parts);
  });
}

async function downloadZip(url: DownloadUrl, cdn: CdnClient): Promise<Buffer> {
  const attempts = new Attempts(cdn);
  for (;;) {
    try {
      const zip = await fetchZip(await url.get(), cdn);
      cdn.health.received();
      return zip;
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      if (error.isUrlRefused) await url.renew();
      const message = `The package zip: the CDN ${error.message}. ${GIVEN_UP}`;
      await attempts.failed(() => new IngestError("download", message));
    }
  }
}

export interface DownloadedPackage {
  readonly zip: Buffer;
  readonly content: PackageContent;
}

/**
 * Downloads and opens a package zip. There is no digest to check the zip against, so an unusable one is downloaded
 * again until the same bytes have come twice: then it was not damaged on the way.
 *
 * @throws IngestError with reason `download`, `package-zip` or `manifest`
 */
export async function downloadPackage(url: DownloadUrl, cdn: CdnClient): Promise<DownloadedPackage> {
  const refused = new Set<string>();
  for (;;) {
    const zip = await downloadZip(url, cdn);
    try {
      return { zip, content: await openPackage(zip) };
    } catch (error) {
      const digest = createHash("sha256").update(zip).digest("hex");
      const isFinal = refused.has(digest) || refused.size === MAX_WRONG_ATTEMPTS - 1;
      if (!(error instanceof IngestError) || isFinal) throw error;
      refused.add(digest);
    }
  }
}
