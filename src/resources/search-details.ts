import type {
  MarketplaceSearchDetailCreateRequest,
  MarketplaceSearchDetailResponse,
  MarketplaceSearchDetailUpdateRequest,
} from "../../generated/paths.js";
import { checkObject } from "../checks.js";
import type { CallOptions } from "../options.js";
import type { ApiCall } from "../with-response.js";
import type { Operations, QueryOf } from "./operations.js";
import { toOne } from "./to-one.js";

export type GetSearchDetailQuery = QueryOf<"apps_marketplaceSearchDetail_getToOneRelated">;

/** Where the search catalog of a marketplace app is. */
export interface SearchDetailRequest
  extends Readonly<MarketplaceSearchDetailCreateRequest["data"]["attributes"]> {
  /** The marketplace app. */
  readonly appId: string;
}
/** The values to change; what is left out stays. */
export type SearchDetailChanges = Readonly<
  NonNullable<MarketplaceSearchDetailUpdateRequest["data"]["attributes"]>
>;

/** Where marketplace apps keep the catalogs that search on the device uses. */
export class SearchDetails {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /**
   * Reads a marketplace app's search detail.
   *
   * @throws NotFoundError if the app has none.
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-apps-_id_-marketplacesearchdetail
   */
  getForApp(
    appId: string,
    query?: GetSearchDetailQuery,
    options?: CallOptions,
  ): ApiCall<MarketplaceSearchDetailResponse> {
    const operation = "apps_marketplaceSearchDetail_getToOneRelated";
    return this.#operations.call(operation, { id: appId, query }, options);
  }

  /**
   * Says where a marketplace app's search catalog is.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/post-v1-marketplacesearchdetails
   */
  create(request: SearchDetailRequest, options?: CallOptions): ApiCall<MarketplaceSearchDetailResponse> {
    const checked = () => {
      const { appId, ...attributes } = checkObject("request", request);
      const relationships = { app: toOne("appId", "apps", appId) };
      return { body: { data: { type: "marketplaceSearchDetails", attributes, relationships } } } as const;
    };
    return this.#operations.call("marketplaceSearchDetails_createInstance", checked, options);
  }

  /**
   * Changes where the catalog is.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/patch-v1-marketplacesearchdetails-_id_
   */
  update(
    searchDetailId: string,
    attributes: SearchDetailChanges,
    options?: CallOptions,
  ): ApiCall<MarketplaceSearchDetailResponse> {
    const body = { data: { type: "marketplaceSearchDetails", id: searchDetailId, attributes } } as const;
    return this.#operations.call(
      "marketplaceSearchDetails_updateInstance",
      { id: searchDetailId, body },
      options,
    );
  }

  /**
   * Removes a search detail.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/delete-v1-marketplacesearchdetails-_id_
   */
  delete(searchDetailId: string, options?: CallOptions): ApiCall<undefined> {
    return this.#operations.call("marketplaceSearchDetails_deleteInstance", { id: searchDetailId }, options);
  }
}
