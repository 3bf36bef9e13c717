import type {
  AlternativeDistributionPackageResponse,
  AlternativeDistributionPackageVersion,
  AlternativeDistributionPackageVersionsLinkagesResponse,
  AlternativeDistributionPackageVersionsResponse,
  AppStoreVersionAlternativeDistributionPackageLinkageResponse,
} from "../../generated/paths.js";
import { checkObject } from "../checks.js";
import type { Clock } from "../clock.js";
import { ConflictError, NotFoundError, PermissionError } from "../errors.js";
import { checkId } from "../http/url.js";
import type { CallOptions } from "../options.js";
import type { ListOf } from "../pagination.js";
import type { ApiCall } from "../with-response.js";
import type { Operations, QueryOf } from "./operations.js";
import { type WaitOptions, waitForVersion } from "./wait.js";

export type GetPackageQuery = QueryOf<"alternativeDistributionPackages_getInstance">;
export type GetForAppStoreVersionQuery =
  QueryOf<"appStoreVersions_alternativeDistributionPackage_getToOneRelated">;
export type ListVersionsQuery = QueryOf<"alternativeDistributionPackages_versions_getToManyRelated">;
export type ListVersionIdsQuery = QueryOf<"alternativeDistributionPackages_versions_getToManyRelationship">;

/** The App Store version that a package is for. */
export interface PackageRequest {
  /**
   * Its id: a UUID such as `7d3a1f62-5b0e-4c8f-9a41-2e6c0b9d8f35`, or a number. It is neither the app's id nor the version
   * number. `client.appStoreVersions.find({ bundleId, versionString })` finds it.
   */
  readonly appStoreVersionId: string;
}

/** Alternative distribution packages: at most one per App Store version. Each has versions. */
export class Packages {
  readonly #operations: Operations;
  readonly #clock: Clock;

  constructor(operations: Operations, clock: Clock) {
    this.#operations = operations;
    this.#clock = clock;
  }

  /**
   * Creates the package of an App Store version. Only the app's developer can do this. Apple then builds the package's
   * first version, which takes some time.
   *
   * @throws ConflictError if the package exists, or if the App Store version is not eligible.
   * @see https://developer.apple.com/documentation/appstoreconnectapi/post-v1-alternativedistributionpackages
   */
  create(request: PackageRequest, options?: CallOptions): ApiCall<AlternativeDistributionPackageResponse> {
    return this.#create(request, options, false);
  }

  /**
   * Creates the package of an App Store version, or reads the one that exists. It can be called again after a lost
   * response, and with a marketplace's key, which may read packages but not create them.
   *
   * @throws ConflictError or PermissionError if there is no package and none can be created.
   */
  async ensure(
    request: PackageRequest,
    options?: CallOptions,
  ): Promise<AlternativeDistributionPackageResponse> {
    try {
      return await this.#create(request, options, true);
    } catch (error) {
      if (!(error instanceof ConflictError || error instanceof PermissionError)) throw error;
      return this.getForAppStoreVersion(request.appStoreVersionId, undefined, options).catch(
        (missing: unknown) => {
          throw missing instanceof NotFoundError ? error : missing;
        },
      );
    }
  }

  #create(
    request: PackageRequest,
    options: CallOptions | undefined,
    repeatable: boolean,
  ): ApiCall<AlternativeDistributionPackageResponse> {
    const checked = () => {
      const { appStoreVersionId } = checkObject("request", request);
      const data = { type: "appStoreVersions", id: checkId("appStoreVersionId", appStoreVersionId) } as const;
      const type = "alternativeDistributionPackages" as const;
      return { body: { data: { type, relationships: { appStoreVersion: { data } } } }, repeatable };
    };
    return this.#operations.call("alternativeDistributionPackages_createInstance", checked, options);
  }

  /**
   * Reads a package.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackages-_id_
   */
  get(
    packageId: string,
    query?: GetPackageQuery,
    options?: CallOptions,
  ): ApiCall<AlternativeDistributionPackageResponse> {
    return this.#operations.call(
      "alternativeDistributionPackages_getInstance",
      { id: packageId, query },
      options,
    );
  }

  /**
   * Reads the package of an App Store version.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-appstoreversions-_id_-alternativedistributionpackage
   */
  getForAppStoreVersion(
    appStoreVersionId: string,
    query?: GetForAppStoreVersionQuery,
    options?: CallOptions,
  ): ApiCall<AlternativeDistributionPackageResponse> {
    return this.#operations.call(
      "appStoreVersions_alternativeDistributionPackage_getToOneRelated",
      { id: appStoreVersionId, query },
      options,
    );
  }

  /**
   * Reads the id of an App Store version's package. `data` is null where Apple says that there is none.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-appstoreversions-_id_-relationships-alternativedistributionpackage
   */
  getIdForAppStoreVersion(
    appStoreVersionId: string,
    options?: CallOptions,
  ): ApiCall<AppStoreVersionAlternativeDistributionPackageLinkageResponse> {
    return this.#operations.call(
      "appStoreVersions_alternativeDistributionPackage_getToOneRelationship",
      { id: appStoreVersionId },
      options,
    );
  }

  /**
   * Lists a package's versions: the current one is COMPLETED, earlier ones are REPLACED.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackages-_id_-versions
   */
  listVersions(
    packageId: string,
    query?: ListVersionsQuery,
    options?: CallOptions,
  ): ListOf<AlternativeDistributionPackageVersionsResponse> {
    return this.#operations.list(
      "alternativeDistributionPackages_versions_getToManyRelated",
      { id: packageId, query },
      options,
    );
  }

  /**
   * Lists the ids of a package's versions.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackages-_id_-relationships-versions
   */
  listVersionIds(
    packageId: string,
    query?: ListVersionIdsQuery,
    options?: CallOptions,
  ): ListOf<AlternativeDistributionPackageVersionsLinkagesResponse> {
    return this.#operations.list(
      "alternativeDistributionPackages_versions_getToManyRelationship",
      { id: packageId, query },
      options,
    );
  }

  /** The version in state COMPLETED, or `undefined` while Apple builds the first one. */
  async currentVersion(
    packageId: string,
    options?: CallOptions,
  ): Promise<AlternativeDistributionPackageVersion | undefined> {
    const [version] = await this.listVersions(packageId, { "filter[state]": ["COMPLETED"] }, options).toArray(
      {
        limit: 1,
      },
    );
    return version;
  }

  /**
   * Waits until a package has a current version, or a newer one than `after`. It asks every `pollInterval` ms, and
   * continues after temporary failures: no response, 408, 429 and 5xx.
   *
   * @throws TimeoutError after `timeout` ms; its `lastSeen` is the version that was current at the last request.
   */
  waitForCurrentVersion(
    packageId: string,
    options?: WaitOptions,
  ): Promise<AlternativeDistributionPackageVersion> {
    const readVersion = (options: CallOptions) => this.currentVersion(packageId, options);
    return waitForVersion(readVersion, packageId, options, this.#clock);
  }
}
