import { endpoints } from "../generated/endpoints.js";
import type { AlternativeDistributionPackageDeltaResponse } from "../generated/paths.js";
import { type Api, at, type QueryOf, unwrap } from "./api.js";
import type { CallOptions } from "./options.js";

export type GetDeltaQuery = QueryOf<"alternativeDistributionPackageDeltas_getInstance">;

/** Single deltas of a version. */
export class Deltas {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /**
   * Reads a delta, for example to renew its signed link once that has expired.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-alternativedistributionpackagedeltas-_id_
   */
  async get(
    deltaId: string,
    query?: GetDeltaQuery,
    options?: CallOptions,
  ): Promise<AlternativeDistributionPackageDeltaResponse> {
    const { method, path } = endpoints.alternativeDistributionPackageDeltas_getInstance;
    return unwrap(this.#api.request(method, path, at(deltaId, query, options)));
  }
}
