import { type Content, sha256 } from "../content.js";

/** Bytes. Files with more, and zips of more assets than that, have no `fileChecksum`: a list would hash them all. */
const CHECKSUM_LIMIT = 64 * 2 ** 20;

/** A file on the sandbox's CDN. */
export interface CdnFile {
  readonly contentType: string;
  /** Makes the file ready: a package's zip is built when it is first asked for. */
  open(): Promise<Content>;
  /** Fills in `checksum`. Undefined where that would take too long. */
  readonly digest: (() => Promise<void>) | undefined;
  /** The file's sha256 in hex, once it is known. */
  checksum: string | undefined;
}

/** A file; `bytes` is how much has to be hashed for its checksum. */
export function cdnFile(contentType: string, bytes: number, open: () => Promise<Content>): CdnFile {
  const file: CdnFile = {
    contentType,
    open,
    checksum: undefined,
    digest:
      bytes <= CHECKSUM_LIMIT
        ? async () => {
            const content = await open();
            file.checksum = (await sha256(content, content.size))[0];
          }
        : undefined,
  };
  return file;
}
