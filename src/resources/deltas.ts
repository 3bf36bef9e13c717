import type { AlternativeDistributionPackageDeltaResponse } from "../../generated/paths.js";
import type { CallOptions } from "../options.js";
import type { ApiCall } from "../with-response.js";
import type { Operations, QueryOf } from "./operations.js";

export type GetDeltaQuery = QueryOf<"alternativeDistributionPackageDeltas_getInstance">;

/** Single deltas of a version. */
export class Deltas {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /**
   * Reads a delta, for example to get a new signed link after the old one expired.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackagedeltas-_id_
   */
  get(
    deltaId: string,
    query?: GetDeltaQuery,
    options?: CallOptions,
  ): ApiCall<AlternativeDistributionPackageDeltaResponse> {
    return this.#operations.call(
      "alternativeDistributionPackageDeltas_getInstance",
      { id: deltaId, query },
      options,
    );
  }
}
