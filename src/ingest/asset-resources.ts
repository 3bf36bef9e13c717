import type {
  AlternativeDistributionPackageDelta,
  AlternativeDistributionPackageVariant,
} from "../../generated/paths.js";
import type { Client } from "../client.js";
import type { CallOptions } from "../options.js";
import type { AssetKind } from "./package/asset-kinds.js";

/**
 * The part of a client that ingest uses. Without `baseUrl`, download URLs on this machine are refused, as they are for
 * Apple's API.
 */
export type IngestClient = Pick<
  Client,
  "packages" | "versions" | "variants" | "deltas" | "appStoreVersions"
> &
  Partial<Pick<Client, "baseUrl">>;

export type AssetResource = AlternativeDistributionPackageVariant | AlternativeDistributionPackageDelta;

/** How to read the API resources of one kind of asset. */
interface AssetResourceReader {
  /** Lists those of a version. Each page is one call. */
  list(
    client: IngestClient,
    versionId: string,
    options: CallOptions,
  ): { pages(): AsyncIterable<{ readonly data: readonly AssetResource[] }> };
  get(client: IngestClient, id: string, options: CallOptions): Promise<{ readonly data: AssetResource }>;
}

/** What the client knows of each kind in `ASSET_KINDS`. */
export const ASSET_RESOURCES: Readonly<Record<AssetKind, AssetResourceReader>> = {
  variant: {
    list: ({ versions }, versionId, options) => versions.listVariants(versionId, undefined, options),
    get: ({ variants }, id, options) => variants.get(id, undefined, options),
  },
  delta: {
    list: ({ versions }, versionId, options) => versions.listDeltas(versionId, undefined, options),
    get: ({ deltas }, id, options) => deltas.get(id, undefined, options),
  },
};
