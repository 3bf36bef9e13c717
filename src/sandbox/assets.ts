import { createCipheriv, createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Random } from "./random.js";
import type { Content } from "./reply.js";
import type { CdnFile, Resource } from "./state.js";

/**
 * Every asset reads one buffer of random bytes round and round, from a place of its own: any size costs no
 * memory and no time. A prime length, so that no two chunks of an asset are alike.
 */
const PERIOD = 1_048_583;
/** Also prime: consecutive assets begin far apart, and none at the place of another. */
const STEP = 611_953;
/** Bytes hashed before other requests get their turn. */
const HASH_BURST = 16 * 2 ** 20;
/** Assets of more bytes, alone or in a package's zip, have no `fileChecksum`, which Apple's schema allows: a list would have to hash them all. */
export const CHECKSUM_LIMIT = 64 * 2 ** 20;

/** A variant or delta. */
export interface Asset extends Resource {
  readonly size: number;
  readonly chunkSize: number;
  readonly installTargets: readonly { readonly device: string; readonly os: string }[];
  /** Where it lies in the package's folder. */
  readonly path: string;
  /** The sha256 of each chunk in hex. */
  chunkDigests(): Promise<readonly string[]>;
}

/** One variant or delta to make: its size in bytes, or more about it. */
export type AssetOptions =
  | number
  | {
      /** Bytes. Default: the `assetBytes` of all. */
      readonly size?: number;
      /** Bytes. Default: the `chunkSize` of all. */
      readonly chunkSize?: number;
      /** The device model it is for, `iPhone15,2`. */
      readonly device?: string;
      /** The system it is for, `17.4`. */
      readonly os?: string;
    };

export interface AssetDefaults {
  /** Bytes of each variant and delta. Default 65,536. */
  readonly assetBytes?: number;
  /** Bytes of each chunk that has a digest in the manifest. Default: the whole asset is one chunk. */
  readonly chunkSize?: number;
}

export function createAssetMaker(random: Random) {
  let ring: Buffer | undefined;
  let count = 0;

  const content = (size: number): Content => {
    const phase = (++count * STEP) % PERIOD;
    return {
      size,
      *slices(start, end) {
        ring ??= createCipheriv("aes-128-ctr", random.bytes("assets", 16), Buffer.alloc(16)).update(
          Buffer.alloc(PERIOD),
        );
        for (let position = start; position < end; ) {
          const from = (phase + position) % PERIOD;
          const slice = ring.subarray(from, Math.min(PERIOD, from + end - position));
          position += slice.length;
          yield slice;
        }
      },
    };
  };

  return (kind: "variant" | "delta", options: AssetOptions, defaults: AssetDefaults): Asset => {
    const own = typeof options === "number" ? { size: options } : options;
    const size = checkedBytes("size", own.size ?? defaults.assetBytes ?? 65_536);
    const chunkSize = checkedBytes("chunkSize", own.chunkSize ?? defaults.chunkSize ?? (size || 1)) || 1;
    const bytes = content(size);
    const number = count;
    const id = random.uuid(`asset ${number}`);
    let chunks: Promise<readonly string[]> | undefined;
    const file = cdnFile("application/octet-stream", size <= CHECKSUM_LIMIT, async () => bytes);
    return {
      type: `alternativeDistributionPackage${kind === "variant" ? "Variants" : "Deltas"}`,
      id,
      attributes: {
        // 10,000 of them would take a while; most are never looked at.
        get alternativeDistributionKeyBlob() {
          return random.bytes(`key blob ${number}`, 96).toString("base64");
        },
      },
      related: {},
      file,
      size,
      chunkSize,
      installTargets: [
        { device: own.device ?? `iPhone${(number % 6) + 12},${(number % 4) + 1}`, os: own.os ?? "17.4" },
      ],
      path: `${kind}/${id}.ipa`,
      chunkDigests: () => {
        chunks ??= sha256(bytes, chunkSize);
        return chunks;
      },
    };
  };
}

function checkedBytes(name: string, bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new TypeError(`"${name}" must be a whole number of bytes`);
  return bytes;
}

export function cdnFile(contentType: string, checked: boolean, open: () => Promise<Content>): CdnFile {
  const file: CdnFile = {
    contentType,
    open,
    checksum: undefined,
    digest: checked
      ? async () => {
          const content = await open();
          file.checksum = (await sha256(content, content.size))[0];
        }
      : undefined,
  };
  return file;
}

/** The sha256 of each `chunkSize` bytes, in hex. An empty file has one chunk without bytes. */
export async function sha256(content: Content, chunkSize: number): Promise<readonly string[]> {
  const digests: string[] = [];
  let burst = 0;
  for (let start = 0; start === 0 || start < content.size; start += chunkSize || 1) {
    const hash = createHash("sha256");
    for (const slice of content.slices(start, Math.min(start + chunkSize, content.size))) {
      hash.update(slice);
      burst += slice.length;
      if (burst < HASH_BURST) continue;
      burst = 0;
      await setImmediate();
    }
    digests.push(hash.digest("hex"));
  }
  return digests;
}
