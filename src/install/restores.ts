import { systemClock } from "../clock.js";
import { type AnswerForm, createDeviceHandler, type DeviceHandlerOptions } from "./device-handler.js";
import type { OfferedApp } from "./documents.js";
import { deviceProblem } from "./manifest-fields.js";

/**
 * Makes a web-standard request handler for the `restore` URL of `/.well-known/marketplace-kit`. Devices post the apps that
 * they had, for example after a restore from a backup; the answer lists those that they can install again, each with a new
 * token. It answers as {@link createUpdatesHandler} does, with a {@link RestoresDocument}.
 *
 * `find` chooses the version: Apple does not state whether it has to be the one that the device had. An app that `find` does
 * not return, or whose package is for another platform or a later system version, is a failure with code 404.
 *
 * No answer can be cached. The handler never rejects.
 *
 * @example
 * const handler = createRestoreHandler({ tokens, find: ({ appleItemId }) => catalog.get(appleItemId) });
 *
 * @throws TypeError if an option is missing or wrong
 */
export function createRestoreHandler(options: DeviceHandlerOptions): (request: Request) => Promise<Response> {
  const form: AnswerForm<OfferedApp> = {
    list: "restores",
    kind: "redownload",
    refuse(app, manifest) {
      const failure = deviceProblem(manifest, app);
      return failure === undefined ? undefined : { failure };
    },
    more: () => ({}),
  };
  return createDeviceHandler(options, form, systemClock);
}
