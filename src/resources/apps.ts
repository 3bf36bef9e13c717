import type { App, AppResponse, AppsResponse } from "../../generated/paths.js";
import { checkText } from "../checks.js";
import type { CallOptions } from "../options.js";
import type { ListOf } from "../pagination.js";
import type { ApiCall } from "../with-response.js";
import { findIn, notFound } from "./find.js";
import type { Operations, QueryOf } from "./operations.js";

export type ListAppsQuery = QueryOf<"apps_getCollection">;
export type GetAppQuery = QueryOf<"apps_getInstance">;

/** The account's apps. */
export class Apps {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /**
   * Lists the apps that the API key can see.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-apps
   */
  list(query?: ListAppsQuery, options?: CallOptions): ListOf<AppsResponse> {
    return this.#operations.list("apps_getCollection", { query }, options);
  }

  /**
   * Reads an app.
   *
   * @see https://developer.apple.com/documentation/appstoreconnectapi/get-v1-apps-_id_
   */
  get(appId: string, query?: GetAppQuery, options?: CallOptions): ApiCall<AppResponse> {
    return this.#operations.call("apps_getInstance", { id: appId, query }, options);
  }

  /**
   * Finds the app with a bundle id, compared exactly: upper and lower case differ.
   *
   * @throws NotFoundError with `status` undefined if the API key sees no such app.
   */
  async getByBundleId(bundleId: string, options?: CallOptions): Promise<App> {
    const query = { "filter[bundleId]": [checkText("bundleId", bundleId)] };
    const app = await findIn(
      this.list(query, options),
      ({ attributes }) => attributes?.bundleId === bundleId,
    );
    if (app) return app;
    throw notFound(`no app that this API key can see has the bundle id ${bundleId}`, "apps_getCollection");
  }
}
