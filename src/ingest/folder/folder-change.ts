import type {
  AssetWriter,
  ContentCheck,
  PackageCache,
  PackageFiles,
  PackageStore,
  StorableAsset,
  StoreChange,
  StoreContext,
} from "../store.js";
import { AssetFile } from "./asset-file.js";
import { cacheZip, readCachedZip } from "./cached-zip.js";
import { explainStagingError } from "./disk.js";
import { checkOutsidePackages } from "./enclosing-package.js";
import { lockTarget, type Unlock } from "./lock.js";
import { type FolderPaths, resolvePaths } from "./paths.js";
import { checkSpace } from "./space.js";
import {
  openStaging,
  preparePackage,
  removeEmptyStaging,
  removeStaging,
  type Staging,
  syncPackage,
} from "./staging.js";
import { checkTarget, type ExistingPackage, inspectTarget, recoverTarget, replaceTarget } from "./target.js";

/** The folder that a change fills. */
interface ChangedFolder {
  readonly location: string;
  /** Where another store has its files, if they can be linked or copied from there. */
  folderOf(other: PackageStore): string | undefined;
}

/** What a {@link FolderChange} has from its beginning. */
interface OpenFolder {
  readonly store: ChangedFolder;
  readonly paths: FolderPaths;
  readonly unlock: Unlock;
  readonly staging: Staging;
  readonly existing: ExistingPackage | undefined;
  readonly context: StoreContext;
}

/** One ingest into a folder: it has the lock, and a staging folder beside the target. */
export class FolderChange implements StoreChange {
  readonly location: string;
  readonly existing: Partial<PackageFiles>;
  readonly folders: { readonly target: string; readonly staging: string };
  readonly cache: PackageCache;
  readonly #open: OpenFolder;
  /** The package that is prepared in staging: where its assets may be, and which folders it has. */
  #prepared: { readonly reuseFolders: readonly string[]; readonly folders: readonly string[] } | undefined;

  private constructor(open: OpenFolder) {
    const { paths, existing } = open;
    const { manifestBytes: manifest, signatureBytes: signature } = existing ?? {};
    this.#open = open;
    this.location = paths.directory;
    this.existing = { ...(manifest && { manifest }), ...(signature && { signature }) };
    this.folders = { target: paths.directory, staging: paths.staging };
    this.cache = {
      read: (versionId) => readCachedZip(paths, versionId),
      write: (versionId, zip) => cacheZip(paths, versionId, zip),
    };
  }

  static async open(store: ChangedFolder, context: StoreContext): Promise<FolderChange> {
    await checkOutsidePackages(store.location);
    const paths = await resolvePaths(store.location);
    const unlock = await lockTarget(paths);
    try {
      const staging = await openStaging(paths);
      await recoverTarget(paths);
      const existing = await inspectTarget(paths);
      return new FolderChange({ store, paths, unlock, staging, existing, context });
    } catch (error) {
      await removeEmptyStaging(paths);
      await unlock();
      throw await explainStagingError(error, paths.staging);
    }
  }

  async prepare(
    files: PackageFiles,
    assets: readonly Pick<StorableAsset, "path" | "bytes">[],
    reuse: readonly PackageStore[],
  ): Promise<void> {
    const { store, paths, staging, existing } = this.#open;
    const others = reuse.flatMap((other) => store.folderOf(other) ?? []);
    const reuseFolders = existing ? [paths.directory, ...others] : others;
    const assetPaths = assets.map(({ path }) => path);
    const { folders, staged } = await preparePackage(paths, staging, files, assetPaths);
    await checkSpace(assets, paths, { staged, reuseFolders });
    this.#prepared = { reuseFolders, folders };
  }

  openAsset(asset: StorableAsset, check: ContentCheck): Promise<AssetWriter> {
    const { paths, context } = this.#open;
    const { reuseFolders = [] } = this.#prepared ?? {};
    return AssetFile.open(asset, { root: paths.package, reuseFolders, check, context });
  }

  async commit(beforeVisible: () => Promise<void>): Promise<boolean> {
    const { paths, staging, existing } = this.#open;
    const prepared = this.#prepared;
    if (prepared) {
      await syncPackage(paths, staging, prepared.folders);
      await checkTarget(paths, { staging, existing });
    }
    await beforeVisible();
    if (prepared) await replaceTarget(paths, { staging, existing });
    await removeStaging(staging);
    return true;
  }

  async close(): Promise<void> {
    const { paths, unlock } = this.#open;
    await removeEmptyStaging(paths);
    await unlock();
  }
}
