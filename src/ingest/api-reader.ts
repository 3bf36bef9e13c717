import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import { show } from "../checks.js";
import type { Clock } from "../clock.js";
import { NotFoundError } from "../errors.js";
import { ASSET_RESOURCES, type AssetResource, type IngestClient } from "./asset-resources.js";
import { DownloadUrl } from "./download/download-url.js";
import { isLocalHost } from "./download/local-host.js";
import { IngestError } from "./errors.js";
import { ALL_ASSET_KINDS, type AssetKind } from "./package/asset-kinds.js";
import type { PackageAsset } from "./package/parse-manifest.js";
import { resolveChoice, type VersionRequest } from "./version-choice.js";

/** An asset with what the API says of it. */
export interface DownloadableAsset {
  readonly asset: PackageAsset;
  readonly url: DownloadUrl;
  readonly keyBlob: string | undefined;
  readonly fileChecksum: string | undefined;
}

/** @throws IngestError with reason `no-version` if the version has no id: nothing can be asked for without it. */
function checkId<T extends { readonly id: string }>(version: T): T {
  if (version.id) return version;
  throw new IngestError("no-version", "The API gave a package version without an id. Run again later.");
}

/** Reads from the API what an ingest needs, in few calls. */
export class ApiReader {
  /** Number of calls made so far. Each page of a list is one. */
  apiCalls = 0;
  readonly #client: IngestClient;
  readonly #clock: Clock;
  readonly #options: { readonly signal: AbortSignal };
  /** Which download URLs are allowed. That depends on the API's own URL. */
  readonly #urlRules: { readonly allowsLocalHosts: boolean; readonly allowsHttp: boolean };

  constructor(client: IngestClient, clock: Clock, signal: AbortSignal) {
    this.#client = client;
    this.#clock = clock;
    this.#options = { signal };
    const base = client.baseUrl === undefined ? undefined : new URL(client.baseUrl);
    this.#urlRules = {
      allowsLocalHosts: base !== undefined && isLocalHost(base),
      allowsHttp: base?.protocol === "http:",
    };
  }

  /**
   * Finds the version, in at most two calls for an id.
   *
   * @throws IngestError with reason `no-version`
   */
  async findVersion(wanted: VersionRequest): Promise<AlternativeDistributionPackageVersion> {
    const { choice, calls, version: built } = await resolveChoice(this.#client, wanted, this.#options);
    this.apiCalls += calls;
    if (built !== undefined) return checkId(built);
    if (choice.versionId !== undefined) return this.#readVersion(choice.versionId);
    const packageId = choice.packageId ?? (await this.#findPackageId(choice.appStoreVersionId));
    this.apiCalls += 1;
    const version = await this.#client.packages.currentVersion(packageId, this.#options);
    if (version !== undefined) return checkId(version);
    const advice = "Apple is still building it. client.packages.waitForCurrentVersion waits for it.";
    throw new IngestError(
      "no-version",
      `Package ${show(packageId)} has no version in state COMPLETED yet. ${advice}`,
    );
  }

  async #findPackageId(appStoreVersionId: string): Promise<string> {
    this.apiCalls += 1;
    const linkage = await this.#client.packages.getIdForAppStoreVersion(appStoreVersionId, this.#options);
    // Apple's description does not say so, but a linkage to nothing is null in JSON:API.
    const data: { readonly id: string } | null = linkage.data;
    if (data?.id) return data.id;
    const advice = "client.packages.create makes it";
    throw new IngestError(
      "no-version",
      `App Store version ${show(appStoreVersionId)} has no package yet. ${advice}.`,
    );
  }

  async #readVersion(versionId: string): Promise<AlternativeDistributionPackageVersion> {
    this.apiCalls += 1;
    return checkId((await this.#client.versions.get(versionId, undefined, this.#options)).data);
  }

  packageUrl({ id, attributes }: AlternativeDistributionPackageVersion): DownloadUrl {
    return new DownloadUrl({
      label: `Package version ${show(id)}`,
      attributes,
      renew: async () => (await this.#readVersion(id)).attributes,
      clock: this.#clock,
      ...this.#urlRules,
    });
  }

  /**
   * Finds the resources of the assets: reads the list of each kind as far as necessary, and then each asset that is not
   * in a list. Returns them in the order of the assets.
   *
   * @throws IngestError with reason `asset-missing` if the API does not know one
   */
  async findAssets(versionId: string, assets: readonly PackageAsset[]): Promise<DownloadableAsset[]> {
    const lists = ALL_ASSET_KINDS.map((kind) => {
      const wanted = new Set(assets.filter((asset) => asset.kind === kind).map(({ id }) => id));
      return this.#readList(kind, versionId, wanted);
    });
    // A manifest has each id once, whatever the kind.
    const resources = new Map((await Promise.all(lists)).flat().map((resource) => [resource.id, resource]));
    const found: DownloadableAsset[] = [];
    for (const asset of assets) {
      const resource = resources.get(asset.id) ?? (await this.#readAsset(asset));
      found.push(this.#toDownloadable(asset, resource));
    }
    return found;
  }

  /** The wanted resources that a list contains with a URL. */
  async #readList(kind: AssetKind, versionId: string, wanted: ReadonlySet<string>): Promise<AssetResource[]> {
    const left = new Set(wanted);
    const found: AssetResource[] = [];
    if (left.size === 0) return found;
    for await (const { data } of ASSET_RESOURCES[kind].list(this.#client, versionId, this.#options).pages()) {
      this.apiCalls += 1;
      for (const resource of data) {
        if (resource.attributes?.url && left.delete(resource.id)) found.push(resource);
      }
      if (left.size === 0) break;
    }
    return found;
  }

  #toDownloadable(asset: PackageAsset, { attributes }: AssetResource): DownloadableAsset {
    const url = new DownloadUrl({
      label: asset.path,
      attributes,
      renew: async () => (await this.#readAsset(asset)).attributes,
      clock: this.#clock,
      ...this.#urlRules,
    });
    return {
      asset,
      url,
      // Apple's description says that they may be missing. They may be null as well.
      keyBlob: attributes?.alternativeDistributionKeyBlob ?? undefined,
      fileChecksum: attributes?.fileChecksum ?? undefined,
    };
  }

  async #readAsset({ kind, id, path }: PackageAsset): Promise<AssetResource> {
    this.apiCalls += 1;
    try {
      return (await ASSET_RESOURCES[kind].get(this.#client, id, this.#options)).data;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      const message = `${path}: the manifest lists ${kind} ${show(id)}, which the API does not know.`;
      throw new IngestError("asset-missing", message, { path, cause: error });
    }
  }
}
