import { endpoints } from "../generated/endpoints.js";
import type { AlternativeDistributionPackageVariantResponse } from "../generated/paths.js";
import { type Api, at, type QueryOf, unwrap } from "./api.js";
import type { CallOptions } from "./options.js";

export type GetVariantQuery = QueryOf<"alternativeDistributionPackageVariants_getInstance">;

/** Single variants of a version. */
export class Variants {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /**
   * Reads a variant, for example to renew its signed link once that has expired.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackagevariants-_id_
   */
  async get(
    variantId: string,
    query?: GetVariantQuery,
    options?: CallOptions,
  ): Promise<AlternativeDistributionPackageVariantResponse> {
    const { method, path } = endpoints.alternativeDistributionPackageVariants_getInstance;
    return unwrap(this.#api.request(method, path, at(variantId, query, options)));
  }
}
