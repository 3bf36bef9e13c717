import type {
  AlternativeDistributionPackageDeltasResponse,
  AlternativeDistributionPackageVariantsResponse,
  AlternativeDistributionPackageVersionDeltasLinkagesResponse,
  AlternativeDistributionPackageVersionResponse,
  AlternativeDistributionPackageVersionVariantsLinkagesResponse,
} from "../../generated/paths.js";
import type { CallOptions } from "../options.js";
import type { ListOf } from "../pagination.js";
import type { ApiCall } from "../with-response.js";
import type { Operations, QueryOf } from "./operations.js";

export type GetVersionQuery = QueryOf<"alternativeDistributionPackageVersions_getInstance">;
export type ListVariantsQuery = QueryOf<"alternativeDistributionPackageVersions_variants_getToManyRelated">;
export type ListVariantIdsQuery =
  QueryOf<"alternativeDistributionPackageVersions_variants_getToManyRelationship">;
export type ListDeltasQuery = QueryOf<"alternativeDistributionPackageVersions_deltas_getToManyRelated">;
export type ListDeltaIdsQuery =
  QueryOf<"alternativeDistributionPackageVersions_deltas_getToManyRelationship">;

/** Versions of a package: what Apple built, as variants and deltas. */
export class Versions {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /**
   * Reads a version. Its `url` is a signed link to the zip with manifest and signature, and expires after about an hour.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackageversions-_id_
   */
  get(
    versionId: string,
    query?: GetVersionQuery,
    options?: CallOptions,
  ): ApiCall<AlternativeDistributionPackageVersionResponse> {
    return this.#operations.call(
      "alternativeDistributionPackageVersions_getInstance",
      { id: versionId, query },
      options,
    );
  }

  /**
   * Lists a version's variants: each is the app for one kind of device, with a signed link and a key blob.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackageversions-_id_-variants
   */
  listVariants(
    versionId: string,
    query?: ListVariantsQuery,
    options?: CallOptions,
  ): ListOf<AlternativeDistributionPackageVariantsResponse> {
    return this.#operations.list(
      "alternativeDistributionPackageVersions_variants_getToManyRelated",
      { id: versionId, query },
      options,
    );
  }

  /**
   * Lists the ids of a version's variants.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackageversions-_id_-relationships-variants
   */
  listVariantIds(
    versionId: string,
    query?: ListVariantIdsQuery,
    options?: CallOptions,
  ): ListOf<AlternativeDistributionPackageVersionVariantsLinkagesResponse> {
    return this.#operations.list(
      "alternativeDistributionPackageVersions_variants_getToManyRelationship",
      { id: versionId, query },
      options,
    );
  }

  /**
   * Lists a version's deltas: each is an update from an earlier version, with a signed link and a key blob. Apple builds
   * them some time after the variants, as a newer version of the package.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackageversions-_id_-deltas
   */
  listDeltas(
    versionId: string,
    query?: ListDeltasQuery,
    options?: CallOptions,
  ): ListOf<AlternativeDistributionPackageDeltasResponse> {
    return this.#operations.list(
      "alternativeDistributionPackageVersions_deltas_getToManyRelated",
      { id: versionId, query },
      options,
    );
  }

  /**
   * Lists the ids of a version's deltas.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackageversions-_id_-relationships-deltas
   */
  listDeltaIds(
    versionId: string,
    query?: ListDeltaIdsQuery,
    options?: CallOptions,
  ): ListOf<AlternativeDistributionPackageVersionDeltasLinkagesResponse> {
    return this.#operations.list(
      "alternativeDistributionPackageVersions_deltas_getToManyRelationship",
      { id: versionId, query },
      options,
    );
  }
}
