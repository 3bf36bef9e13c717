import type {
  AlternativeDistributionPackageDelta,
  AlternativeDistributionPackageVariant,
  AlternativeDistributionPackageVersion,
} from "../../generated/paths.js";
import type { Client } from "../client.js";
import { NotFoundError } from "../errors.js";
import { type Signed, SignedUrl } from "./download/signed-url.js";
import { IngestError, quote } from "./errors.js";
import type { Asset } from "./package/manifest.js";

/** What ingest uses of a client. */
export type IngestClient = Pick<Client, "packages" | "versions" | "variants" | "deltas">;

/** Which package version to ingest: exactly one of the ids. */
export interface VersionChoice {
  /** A package version, whether COMPLETED or REPLACED. */
  versionId?: string | undefined;
  /** A package; its COMPLETED version is taken. */
  packageId?: string | undefined;
  /** An App Store version; the COMPLETED version of its package is taken. */
  appStoreVersionId?: string | undefined;
}

type AssetResource = AlternativeDistributionPackageVariant | AlternativeDistributionPackageDelta;

/** An asset and what the API knows of it. */
export interface AssetSource {
  asset: Asset;
  url: SignedUrl;
  keyBlob: string | undefined;
  fileChecksum: string | undefined;
}

/** Where a package's files come from, by the API, in few calls. */
export class Source {
  /** Calls made so far; a page of a list is one. */
  apiCalls = 0;
  readonly #client: IngestClient;
  readonly #options: { signal: AbortSignal };

  constructor(client: IngestClient, signal: AbortSignal) {
    this.#client = client;
    this.#options = { signal };
  }

  /** Finds the version, in at most two calls. */
  async version(choice: VersionChoice): Promise<AlternativeDistributionPackageVersion> {
    if (choice.versionId !== undefined) return this.#readVersion(choice.versionId);
    const packageId = choice.packageId ?? (await this.#packageOf(choice.appStoreVersionId ?? ""));
    this.apiCalls += 1;
    const version = await this.#client.packages.currentVersion(packageId, this.#options);
    if (version !== undefined) return version;
    const advice = "it is still being built; waitForCurrentVersion waits for it";
    throw new IngestError(
      "no-version",
      `Package ${quote(packageId)} has no COMPLETED version yet: ${advice}.`,
    );
  }

  async #packageOf(appStoreVersionId: string): Promise<string> {
    this.apiCalls += 1;
    const { data } = await this.#client.packages.getIdForAppStoreVersion(appStoreVersionId, this.#options);
    return data.id;
  }

  async #readVersion(versionId: string): Promise<AlternativeDistributionPackageVersion> {
    this.apiCalls += 1;
    return (await this.#client.versions.get(versionId, undefined, this.#options)).data;
  }

  /** The URL of a version's package zip. */
  packageUrl(version: AlternativeDistributionPackageVersion): SignedUrl {
    const what = `Package version ${quote(version.id)}`;
    return new SignedUrl(
      what,
      version.attributes,
      async () => (await this.#readVersion(version.id)).attributes,
    );
  }

  /** Reads the lists, each only as far as needed, and singly what they lack; in the order of the assets. */
  async assets(versionId: string, assets: readonly Asset[]): Promise<AssetSource[]> {
    const of = (kind: Asset["kind"]) => new Map(assets.filter((a) => a.kind === kind).map((a) => [a.id, a]));
    const { versions } = this.#client;
    const found = new Map<Asset, AssetSource>();
    await Promise.all([
      this.#take(of("variant"), () => versions.listVariants(versionId, undefined, this.#options), found),
      this.#take(of("delta"), () => versions.listDeltas(versionId, undefined, this.#options), found),
    ]);
    const sources: AssetSource[] = [];
    for (const asset of assets) {
      sources.push(found.get(asset) ?? this.#describe(asset, await this.#readAsset(asset)));
    }
    return sources;
  }

  async #take(
    wanted: Map<string, Asset>,
    list: () => { pages(): AsyncIterable<{ data: readonly AssetResource[] }> },
    found: Map<Asset, AssetSource>,
  ): Promise<void> {
    if (wanted.size === 0) return;
    for await (const page of list().pages()) {
      this.apiCalls += 1;
      for (const resource of page.data) {
        const asset = wanted.get(resource.id);
        if (asset === undefined || !resource.attributes?.url) continue;
        found.set(asset, this.#describe(asset, resource));
        wanted.delete(resource.id);
      }
      if (wanted.size === 0) return;
    }
  }

  #describe(asset: Asset, { attributes }: AssetResource): AssetSource {
    const renew = async (): Promise<Signed | undefined> => (await this.#readAsset(asset)).attributes;
    return {
      asset,
      url: new SignedUrl(asset.path, attributes, renew),
      keyBlob: attributes?.alternativeDistributionKeyBlob,
      fileChecksum: attributes?.fileChecksum,
    };
  }

  async #readAsset({ kind, id, path }: Asset): Promise<AssetResource> {
    this.apiCalls += 1;
    const { variants, deltas } = this.#client;
    try {
      const answer = await (kind === "variant"
        ? variants.get(id, undefined, this.#options)
        : deltas.get(id, undefined, this.#options));
      return answer.data;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      const message = `${path}: the manifest names ${kind} ${quote(id)}, which the API does not know.`;
      throw new IngestError("asset-missing", message, { path, cause: error });
    }
  }
}
