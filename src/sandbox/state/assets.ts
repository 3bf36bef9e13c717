import { createCipheriv } from "node:crypto";
import { checkNumber, optionError, show } from "../../checks.js";
import type { AssetKind } from "../../ingest/package/asset-kinds.js";
import { isObject } from "../../json.js";
import { type Content, digestsOf } from "../content.js";
import type { SandboxContext } from "../context.js";
import { cdnFile } from "./cdn-file.js";
import { type InstallTarget, installTargets } from "./install-targets.js";
import type { Collection, Resource } from "./resource.js";

interface SandboxAssetKind {
  readonly type: string;
  readonly count: number;
}

/**
 * The kinds of assets a package has, and how many of each a first version gets. The manifest's `listKey` in `ASSET_KINDS`
 * is also the name of the relationship, and of the field in `VersionAssets`.
 */
export const SANDBOX_ASSET_KINDS: Readonly<Record<AssetKind, SandboxAssetKind>> = {
  variant: { type: "alternativeDistributionPackageVariants", count: 2 },
  delta: { type: "alternativeDistributionPackageDeltas", count: 0 },
};

export function forEachKind<T>(make: (kind: AssetKind) => T): Readonly<Record<AssetKind, T>> {
  return { variant: make("variant"), delta: make("delta") };
}

export interface SandboxAsset extends Resource {
  /** Bytes. */
  readonly size: number;
  /** Bytes. */
  readonly chunkSize: number;
  readonly installTargets: readonly InstallTarget[];
  /** Where it is in the package's folder. */
  readonly path: string;
  /** The sha256 of the file, and of its chunks. */
  readonly digests: ReturnType<typeof digestsOf>;
  /** Those of its chunks before encryption. They are random, because only a device that decrypts the file could check them. */
  unencryptedChunkDigests(): readonly string[];
}

/** One variant or delta to make: its size in bytes, or more about it. */
export type AssetOptions =
  | number
  | {
      /**
       * Bytes.
       * @default the `assetBytes` of all
       */
      readonly size?: number | undefined;
      /**
       * Bytes.
       * @default the `chunkSize` of all
       */
      readonly chunkSize?: number | undefined;
      /**
       * The device model it is for, for example `iPad16,3-A`.
       * @default several
       */
      readonly device?: string | undefined;
      /**
       * The system version it is for, for example `17.4`.
       * @default several
       */
      readonly os?: string | undefined;
    };

/** Defaults for all assets. */
export interface AssetDefaults {
  /**
   * Bytes of each variant and delta.
   * @default 65536
   */
  readonly assetBytes?: number | undefined;
  /**
   * Bytes of each chunk that has a digest in the manifest. Smaller assets are one chunk.
   * @default 10485760
   */
  readonly chunkSize?: number | undefined;
}

/**
 * Bytes. Every asset repeats one buffer of random bytes, each from another position: assets of any size need neither
 * memory nor time. The length is prime, so that no two chunks of an asset are equal.
 */
const PERIOD = 1_048_583;
/** Bytes between the positions of consecutive assets. Also prime: no two assets have the same position. */
const STEP = 611_953;
/** Bytes of the chunks in Apple's packages. */
const CHUNK_BYTES = 10_485_760;

export class SandboxAssets {
  readonly #context: SandboxContext;
  readonly #collections: Readonly<Record<AssetKind, Collection<SandboxAsset>>>;
  #bytes: Buffer | undefined;
  #count = 0;

  constructor(context: SandboxContext) {
    this.#context = context;
    this.#collections = forEachKind((kind) =>
      context.state.define<SandboxAsset>(SANDBOX_ASSET_KINDS[kind].type),
    );
  }

  add(kind: AssetKind, options: AssetOptions, defaults: AssetDefaults): SandboxAsset {
    const { random } = this.#context;
    const own = typeof options === "number" ? { size: options } : options;
    const size = own.size ?? defaults.assetBytes ?? 65_536;
    const chunkSize = (own.chunkSize ?? defaults.chunkSize ?? CHUNK_BYTES) || 1;
    const number = ++this.#count;
    const content = this.#content(size, number);
    const digests = digestsOf(content, chunkSize);
    const contentType = "application/octet-stream";
    // Apple's are of version 3 or 4.
    const id = random.uuid(`asset ${number}`, 3 + (number % 2));
    return this.#collections[kind].add({
      type: SANDBOX_ASSET_KINDS[kind].type,
      id,
      attributes: {
        // Drawn when it is read, because most of thousands never are.
        get alternativeDistributionKeyBlob() {
          return random.bytes(`key blob ${number}`, 96).toString("base64");
        },
      },
      related: {},
      file: cdnFile({ contentType, bytes: size, open: async () => content, computeChecksum: digests.file }),
      size,
      chunkSize,
      get installTargets() {
        return installTargets(number, own);
      },
      path: `${kind}/${id}.ipa`,
      digests,
      unencryptedChunkDigests: () =>
        Array.from({ length: Math.max(1, Math.ceil(size / chunkSize)) }, (_, chunk) =>
          random.hex(`unencrypted chunk ${number} ${chunk}`, 64),
        ),
    });
  }

  #content(size: number, number: number): Content {
    const first = (number * STEP) % PERIOD;
    const repeated = () => this.#repeatedBytes();
    return {
      size,
      *slices(start, end) {
        const bytes = repeated();
        for (let position = start; position < end; ) {
          const from = (first + position) % PERIOD;
          const slice = bytes.subarray(from, Math.min(PERIOD, from + end - position));
          position += slice.length;
          yield slice;
        }
      },
    };
  }

  #repeatedBytes(): Buffer {
    const key = () => this.#context.random.bytes("assets", 16);
    this.#bytes ??= createCipheriv("aes-128-ctr", key(), Buffer.alloc(16)).update(Buffer.alloc(PERIOD));
    return this.#bytes;
  }
}

export function checkAssets(name: string, wanted: unknown): void {
  if (wanted === undefined) return;
  if (typeof wanted === "number") {
    checkNumber(name, wanted, { min: 0, max: 1_000_000, whole: true });
    return;
  }
  if (!Array.isArray(wanted))
    throw optionError(name, "a number, or a list of sizes or options", show(wanted));
  for (const [index, options] of wanted.entries()) {
    const place = `${name}[${index}]`;
    if (isObject(options)) {
      checkBytes(`${place}.size`, options.size);
      checkBytes(`${place}.chunkSize`, options.chunkSize);
    } else if (typeof options === "number") checkBytes(place, options);
    else throw optionError(place, "a size in bytes, or an object", show(options));
  }
}

export function checkBytes(name: string, value: unknown): void {
  if (value === undefined) return;
  checkNumber(name, value, { min: 0, max: Number.MAX_SAFE_INTEGER, unit: "bytes", whole: true });
}
