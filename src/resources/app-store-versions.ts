import type {
  AppStoreVersion,
  AppStoreVersionResponse,
  AppStoreVersionsResponse,
} from "../../generated/paths.js";
import { checkObject, checkText } from "../checks.js";
import type { CallOptions } from "../options.js";
import type { ListOf } from "../pagination.js";
import type { ApiCall } from "../with-response.js";
import type { Apps } from "./apps.js";
import { findIn, notFound } from "./find.js";
import type { Operations, QueryOf } from "./operations.js";

export type ListAppStoreVersionsQuery = QueryOf<"apps_appStoreVersions_getToManyRelated">;
export type GetAppStoreVersionQuery = QueryOf<"appStoreVersions_getInstance">;

/** A platform that App Store versions can be searched for. */
export type SearchPlatform = NonNullable<ListAppStoreVersionsQuery["filter[platform]"]>[number];

/** Which App Store version of which app. */
export type AppStoreVersionSearch = (
  | { readonly bundleId: string; readonly appId?: undefined }
  | { readonly appId: string; readonly bundleId?: undefined }
) & {
  /** Its number, such as "1.2.3". */
  readonly versionString: string;
  /** @default "IOS" */
  readonly platform?: SearchPlatform | undefined;
};

// An error names no more versions than this.
const MAX_SHOWN = 10;

/** The App Store versions of apps: one per number and platform. */
export class AppStoreVersions {
  readonly #operations: Operations;
  readonly #apps: Apps;

  constructor(operations: Operations, apps: Apps) {
    this.#operations = operations;
    this.#apps = apps;
  }

  /**
   * Lists an app's App Store versions, of all platforms.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-apps-_id_-appstoreversions
   */
  list(
    appId: string,
    query?: ListAppStoreVersionsQuery,
    options?: CallOptions,
  ): ListOf<AppStoreVersionsResponse> {
    return this.#operations.list("apps_appStoreVersions_getToManyRelated", { id: appId, query }, options);
  }

  /**
   * Reads an App Store version.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-appstoreversions-_id_
   */
  get(
    appStoreVersionId: string,
    query?: GetAppStoreVersionQuery,
    options?: CallOptions,
  ): ApiCall<AppStoreVersionResponse> {
    return this.#operations.call("appStoreVersions_getInstance", { id: appStoreVersionId, query }, options);
  }

  /**
   * Finds the App Store version with a number, compared exactly, for one platform.
   *
   * @example
   * const { id } = await client.appStoreVersions.find({ bundleId: "com.example.app", versionString: "1.2.3" });
   *
   * @throws NotFoundError with `status` undefined if there is no such app or version. The message names the versions that
   *   the app has, with their states.
   */
  async find(search: AppStoreVersionSearch, options?: CallOptions): Promise<AppStoreVersion> {
    const { bundleId, versionString, platform = "IOS" } = checkObject("search", search);
    checkText("versionString", versionString);
    const appId = search.appId ?? (await this.#apps.getByBundleId(search.bundleId, options)).id;
    const query = { "filter[platform]": [platform] };
    const found = await findIn(
      this.list(appId, { ...query, "filter[versionString]": [versionString] }, options),
      ({ attributes }) => attributes?.versionString === versionString && attributes.platform === platform,
    );
    if (found) return found;
    const others: string[] = [];
    for await (const { attributes } of this.list(appId, query, options)) {
      if (attributes?.platform !== platform) continue;
      others.push(`${attributes.versionString} (${attributes.appVersionState})`);
    }
    const shown = others.slice(0, MAX_SHOWN);
    if (shown.length < others.length) shown.push(`${others.length - MAX_SHOWN} more`);
    // British English has no comma before the last "and".
    const list = new Intl.ListFormat("en-GB").format(shown) || "none";
    throw notFound(
      `${bundleId ?? `app ${appId}`} has no App Store version ${versionString} for ${platform}; it has ${list}`,
      "apps_appStoreVersions_getToManyRelated",
      appId,
    );
  }
}
