import { type Asset, CHECKSUM_LIMIT, cdnFile } from "./assets.js";
import { type ManifestHead, manifestOf } from "./manifest.js";
import type { Random } from "./random.js";
import { contentOf } from "./reply.js";
import type { CdnFile } from "./state.js";
import { zip } from "./zip.js";

/** The zip behind a version's `url`: the manifest and its signature. Built once, when first asked for. */
export function packageFile(
  head: ManifestHead,
  variants: readonly Asset[],
  deltas: readonly Asset[],
  random: Random,
): CdnFile {
  let built: Promise<Buffer> | undefined;
  const build = async () => {
    const manifest = Buffer.from(JSON.stringify(await manifestOf(head, variants, deltas)));
    const signature = random.bytes(
      `signature ${head.appleVersionId} ${head.distributionPackageRevision}`,
      512,
    );
    return zip({ "manifest.json": manifest, signature });
  };
  const open = async () => {
    built ??= build();
    return contentOf(await built);
  };
  // The zip's checksum takes the digests of all assets first.
  const bytes = [...variants, ...deltas].reduce((sum, asset) => sum + asset.size, 0);
  return cdnFile("application/zip", bytes <= CHECKSUM_LIMIT, open);
}
