import type { AlternativeDistributionPackageDeltaResponse } from "../../generated/paths.js";
import type { CallOptions } from "../options.js";
import type { Operations, QueryOf } from "./operations.js";

export type GetDeltaQuery = QueryOf<"alternativeDistributionPackageDeltas_getInstance">;

/** Single deltas of a version. */
export class Deltas {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /**
   * Reads a delta, for example to renew its signed link once that has expired.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackagedeltas-_id_
   */
  get(
    deltaId: string,
    query?: GetDeltaQuery,
    options?: CallOptions,
  ): Promise<AlternativeDistributionPackageDeltaResponse> {
    return this.#operations.call(
      "alternativeDistributionPackageDeltas_getInstance",
      { id: deltaId, query },
      options,
    );
  }
}
