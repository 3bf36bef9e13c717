import type { AlternativeDistributionPackageDeltaResponse } from "../../generated/paths.js";
import type { CallOptions } from "../options.js";
import type { Caller, QueryOf } from "./call.js";

export type GetDeltaQuery = QueryOf<"alternativeDistributionPackageDeltas_getInstance">;

/** Single deltas of a version. */
export class Deltas {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
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
    return this.#caller.read("alternativeDistributionPackageDeltas_getInstance", deltaId, query, options);
  }
}
