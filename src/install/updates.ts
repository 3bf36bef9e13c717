import { type Clock, systemClock } from "../clock.js";
import { type AnswerForm, createDeviceHandler, type DeviceHandlerOptions } from "./device-handler.js";
import type { OfferedUpdate } from "./documents.js";
import { deviceProblem, manifestText } from "./manifest-fields.js";

/**
 * Makes a web-standard request handler for the `updates.url` of `/.well-known/marketplace-kit`. Devices post the apps that
 * they have; the answer lists those that have another version here, each with a new token.
 *
 * | answer | when |
 * |---|---|
 * | 200 | an {@link UpdatesDocument} |
 * | 400 | the body is not such a request |
 * | 401, 403 | `authorize` says so |
 * | 405 | not a POST |
 * | 408 | the body did not arrive within `timeout` |
 * | 413 | the body is larger than 1 MiB |
 * | 500 | `find`, `authorize` or a signature failed, or took longer than `timeout`: see `onError` |
 *
 * In these cases Apple does not state the answer. An app whose installed version is the served one is left out. So is one
 * whose served package is for another platform or a later system version than the device has: the installed version keeps
 * working, and a failure could say that it is withdrawn. To offer an older package instead, or to report a failure, let `find`
 * look at `osVersion`. An app without an installed version in the request is offered. Versions are compared only for equality.
 * If `find` returns nothing, the app is a failure with code 404.
 *
 * No answer can be cached. When the request's signal aborts, the handler stops waiting. It never rejects.
 *
 * @example
 * const handler = createUpdatesHandler({ tokens, find: ({ appleItemId }) => catalog.get(appleItemId) });
 *
 * @throws TypeError if an option is missing or wrong
 */
export function createUpdatesHandler(options: DeviceHandlerOptions): (request: Request) => Promise<Response> {
  return updatesHandler(options, systemClock);
}

/** {@link createUpdatesHandler} on a clock. */
export function updatesHandler(
  options: DeviceHandlerOptions,
  clock: Clock,
): (request: Request) => Promise<Response> {
  const form: AnswerForm<OfferedUpdate> = {
    list: "updates",
    kind: "download",
    refuse(app, manifest) {
      const isInstalled = app.appleVersionId === manifestText(manifest, "appleVersionId");
      return isInstalled || deviceProblem(manifest, app) !== undefined ? "leave out" : undefined;
    },
    more: (manifest) => ({
      bundleVersion: manifestText(manifest, "bundleVersion"),
      shortVersionString: manifestText(manifest, "shortVersionString"),
    }),
  };
  return createDeviceHandler(options, form, clock);
}
