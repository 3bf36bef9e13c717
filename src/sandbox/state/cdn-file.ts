import { type Content, digestsOf } from "../content.js";
import type { SignatureFault } from "../signing/package-signer.js";

/** Bytes. Larger files, and zips whose assets are larger together, have no `fileChecksum`: a list would hash them all. */
const CHECKSUM_LIMIT = 64 * 2 ** 20;

/** A file on the sandbox's CDN. */
export interface CdnFile {
  readonly contentType: string;
  /** The file's bytes. A package's zip is built when it is first requested; a `fault` applies only to zips. */
  open(fault?: SignatureFault): Promise<Content>;
  /** Fills in `checksum`. Undefined where that would take too long. */
  readonly digest: (() => Promise<void>) | undefined;
  /** The file's sha256 in hex, once it is known. */
  checksum: string | undefined;
}

interface CdnFileParts extends Pick<CdnFile, "contentType" | "open"> {
  /** How much has to be hashed for its checksum. */
  readonly bytes: number;
  /**
   * @default hashes what `open` gives
   */
  readonly computeChecksum?: (() => Promise<string>) | undefined;
}

export function cdnFile({ contentType, bytes, open, computeChecksum }: CdnFileParts): CdnFile {
  const compute = computeChecksum ?? (async () => digestsOf(await open()).file());
  const file: CdnFile = {
    contentType,
    open,
    checksum: undefined,
    digest:
      bytes <= CHECKSUM_LIMIT
        ? async () => {
            file.checksum = await compute();
          }
        : undefined,
  };
  return file;
}
