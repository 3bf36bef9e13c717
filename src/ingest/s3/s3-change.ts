import { IngestError } from "../errors.js";
import { MANIFEST_FILE, SIGNATURE_FILE } from "../package/layout.js";
import type {
  AssetWriter,
  ContentCheck,
  PackageFiles,
  PackageStore,
  StorableAsset,
  StoreChange,
} from "../store.js";
import { hasContent, type WriterContext } from "./asset-writer.js";
import { BufferPool } from "./buffer-pool.js";
import { commitPackage, type PlacedFiles, readPlacedFiles } from "./commit.js";
import type { S3Place } from "./keys.js";
import { S3Objects } from "./objects.js";
import { abortOldUploads } from "./old-uploads.js";
import { openAsset } from "./open-asset.js";
import { isFolderObject, listOwnPackage, listPackage, listPackageUploads } from "./package-keys.js";
import type { S3Requests } from "./requests.js";
import { S3Uploads } from "./uploads.js";

const HEADS_AT_ONCE = 16;

/** The place that a change fills. */
interface ChangedPlace {
  /** As an `s3://` URL. */
  readonly location: string;
  readonly place: S3Place;
  /** How many bytes of all parts together are in memory. */
  readonly partMemory: number;
  /** Where another store has its objects, if they can be copied from there. */
  copySource(other: PackageStore): S3Place | undefined;
}

/** What an {@link S3Change} has from its beginning. */
interface OpenPrefix {
  readonly store: ChangedPlace;
  readonly writers: WriterContext;
  /** What there was at the start, by path in the package. */
  readonly found: ReadonlyMap<string, number>;
  readonly placed: PlacedFiles;
}

/** The package that is being stored. */
interface PreparedPackage {
  readonly files: PackageFiles;
  /** The sizes of its assets by path. */
  readonly assets: ReadonlyMap<string, number>;
  /** Places that may have the same assets. */
  readonly sources: readonly S3Place[];
}

/**
 * One ingest into a bucket. Assets are stored under their final keys: devices read only assets that the manifest in place
 * names, so those of an unfinished ingest do no harm.
 */
export class S3Change implements StoreChange {
  readonly location: string;
  readonly existing: Partial<PackageFiles>;
  readonly #open: OpenPrefix;
  #prepared: PreparedPackage | undefined;

  private constructor(open: OpenPrefix) {
    const { manifest, signature } = open.placed;
    this.#open = open;
    this.location = open.store.location;
    this.existing = {
      ...(manifest && { manifest: manifest.bytes }),
      ...(signature && { signature: signature.bytes }),
    };
  }

  static async open(store: ChangedPlace, requests: S3Requests): Promise<S3Change> {
    const { place } = store;
    const objects = new S3Objects(requests);
    const uploads = new S3Uploads(requests);
    // Before the objects: an upload that is completed in between is then found among them.
    const openUploads = await abortOldUploads(uploads, await listPackageUploads(uploads, place));
    const found = await listOwnPackage(objects, place);
    const keys = new Map([...found].map(([path, size]) => [place.prefix + path, size]));
    const placed = await readPlacedFiles(objects, place.prefix);
    const pool = new BufferPool(store.partMemory);
    return new S3Change({
      store,
      writers: { objects, uploads, openUploads, pool, found: keys },
      found,
      placed,
    });
  }

  /** The paths of the objects that were there at the start and do not belong to a package with these assets. */
  #others(assets: Iterable<string>): string[] {
    const own = new Set([MANIFEST_FILE, SIGNATURE_FILE, ...assets]);
    return [...this.#open.found.keys()].filter((path) => !own.has(path) && !isFolderObject(path));
  }

  async isComplete(assets: readonly StorableAsset[]): Promise<boolean> {
    const { found, writers, store } = this.#open;
    if (assets.some(({ path, bytes }) => found.get(path) !== bytes)) return false;
    if (this.#others(assets.map(({ path }) => path)).length > 0) return false;
    for (let start = 0; start < assets.length; start += HEADS_AT_ONCE) {
      const heads = assets
        .slice(start, start + HEADS_AT_ONCE)
        .map((asset) => hasContent(writers.objects, store.place.prefix + asset.path, asset));
      if (!(await Promise.all(heads)).every(Boolean)) return false;
    }
    return true;
  }

  async prepare(
    files: PackageFiles,
    assets: readonly Pick<StorableAsset, "path" | "bytes">[],
    reuse: readonly PackageStore[],
  ): Promise<void> {
    const { store } = this.#open;
    const sources = reuse.flatMap((other) => store.copySource(other) ?? []);
    this.#prepared = { files, assets: new Map(assets.map(({ path, bytes }) => [path, bytes])), sources };
  }

  openAsset(asset: StorableAsset, check: ContentCheck): Promise<AssetWriter> {
    const { writers, store } = this.#open;
    const sources = (this.#prepared?.sources ?? []).map(({ bucket, prefix }) => {
      return { bucket, key: prefix + asset.path };
    });
    return openAsset(writers, { key: store.place.prefix + asset.path, content: asset, check }, sources);
  }

  async commit(beforeVisible: () => Promise<void>): Promise<boolean> {
    const prepared = this.#prepared;
    if (!prepared) {
      await beforeVisible();
      return true;
    }
    const { store, writers, placed: replaces } = this.#open;
    const { files } = prepared;
    const { objects } = writers;
    const { prefix } = store.place;
    await this.#checkAssets(prepared);
    const { manifest, signature } = await readPlacedFiles(objects, prefix);
    const isInPlace = manifest?.bytes.equals(files.manifest) === true;
    if (!isInPlace && manifest?.etag !== replaces.manifest?.etag) return false;
    await beforeVisible();
    if (!isInPlace || !signature?.bytes.equals(files.signature)) {
      if (!(await commitPackage({ objects, prefix, files, replaces }))) return false;
    }
    await this.#cleanUp(prepared);
    return true;
  }

  /** Checks that all assets are still there: an ingest takes long, and another program may have deleted one meanwhile. */
  async #checkAssets({ assets }: PreparedPackage): Promise<void> {
    const { writers, store } = this.#open;
    const now = await listPackage(writers.objects, store.place);
    for (const [path, bytes] of assets) {
      if (now.get(path) === bytes) continue;
      const message = `${store.location}${path}: another program deleted or replaced it while the ingest ran. Run again.`;
      throw new IngestError("store", message, { path });
    }
  }

  /**
   * Deletes what the manifest in place does not name, and ends every open upload of its assets: the store charges for
   * them. A worker that is still sending one finds the asset complete.
   */
  async #cleanUp({ assets, files }: PreparedPackage): Promise<void> {
    const { writers, store } = this.#open;
    const { objects, uploads } = writers;
    const { prefix } = store.place;
    const others = this.#others(assets.keys()).map((path) => prefix + path);
    if (others.length > 0) {
      // If another worker has committed since, its package may have an asset that this one does not have.
      const { manifest } = await readPlacedFiles(objects, prefix);
      if (!manifest?.bytes.equals(files.manifest)) return;
      await objects.delete(others);
    }
    for (const upload of await listPackageUploads(uploads, store.place)) {
      if (assets.has(upload.key.slice(prefix.length))) await uploads.abort(upload);
    }
  }

  async close(): Promise<void> {
    // There is no lock, and what is stored stays for the next run.
  }
}
