import type { AlternativeDistributionPackageVariantResponse } from "../../generated/paths.js";
import type { CallOptions } from "../options.js";
import type { ApiCall } from "../with-response.js";
import type { Operations, QueryOf } from "./operations.js";

export type GetVariantQuery = QueryOf<"alternativeDistributionPackageVariants_getInstance">;

/** Single variants of a version. */
export class Variants {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /**
   * Reads a variant, for example to get a new signed link after the old one expired.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackagevariants-_id_
   */
  get(
    variantId: string,
    query?: GetVariantQuery,
    options?: CallOptions,
  ): ApiCall<AlternativeDistributionPackageVariantResponse> {
    return this.#operations.call(
      "alternativeDistributionPackageVariants_getInstance",
      { id: variantId, query },
      options,
    );
  }
}
