import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { contentOf } from "../content.js";
import type { PackageSigner, SignatureFault } from "../signing/package-signer.js";
import { type CdnFile, cdnFile } from "./cdn-file.js";
import { type ManifestParts, manifestOf } from "./manifest.js";

interface PackageZipParts extends ManifestParts {
  readonly signer: PackageSigner;
  /** Ms since 1970. */
  readonly signedAt: number;
}

/** The zip behind a version's `url`: the manifest and its signature. Built once, when it is first asked for. */
export function packageZip({ signer, signedAt, ...parts }: PackageZipParts): CdnFile {
  const assets = Object.values(parts.assets).flat();
  const content = once(async () => {
    const manifest = Buffer.from(JSON.stringify(await manifestOf(parts)));
    const resources: Record<string, Buffer> = {
      "manifest.json": createHash("sha256").update(manifest).digest(),
    };
    for (const asset of assets) resources[asset.path] = Buffer.from(await asset.digests.file(), "hex");
    return { manifest, resources };
  });
  const build = async (fault?: SignatureFault) => {
    const { manifest, resources } = await content();
    const signature = signer.sign(resources, signedAt, fault);
    return zip({ "manifest.json": manifest, ...(signature && { signature }) });
  };
  const built = once(build);
  return cdnFile({
    contentType: "application/zip",
    // Building the zip hashes every asset.
    bytes: assets.reduce((sum, asset) => sum + asset.size, 0),
    open: async (fault) => contentOf(await (fault ? build(fault) : built())),
  });
}

/** `make`, called at most once. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** 1980-01-01, the earliest date of a zip, always: the same files give the same bytes. */
const DOS_DATE = 0x21;

/** A zip archive of `files`, not compressed. */
function zip(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [path, bytes] of Object.entries(files)) {
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(0x0800, 2); // names are UTF-8
    common.writeUInt16LE(DOS_DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([magic("PK\x03\x04"), common, name]);
    const position = Buffer.alloc(14);
    position.writeUInt32LE(offset, 10);
    locals.push(local, bytes);
    directory.push(magic("PK\x01\x02"), Buffer.from([20, 0]), common, position, name);
    offset += local.length + bytes.length;
  }
  const entries = Object.keys(files).length;
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries, 4);
  end.writeUInt16LE(entries, 6);
  end.writeUInt32LE(directoryBytes.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directoryBytes, magic("PK\x05\x06"), end]);
}

function magic(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
