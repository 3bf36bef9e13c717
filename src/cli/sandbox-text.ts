import type { AddedAppStoreVersion } from "../sandbox/index.js";

/** How to reach a sandbox that serves. */
export interface SandboxDocument {
  readonly url: string;
  readonly seed: string;
  readonly keyId: string;
  readonly issuerId: string;
  /** The key's .p8, which is gone with the sandbox. */
  readonly keyFile: string;
  readonly appStoreVersions: readonly AddedAppStoreVersion[];
}

/** The same for people. */
export function describeSandbox(document: SandboxDocument): string {
  const { url, keyId, issuerId, keyFile, appStoreVersions } = document;
  const json = "-H content-type:application/json";
  return `The sandbox listens on ${url} (Ctrl-C ends it). It knows this key:

export APP_STORE_CONNECT_API_KEY_KEY_ID=${keyId}
export APP_STORE_CONNECT_API_KEY_ISSUER_ID=${issuerId}
export APP_STORE_CONNECT_API_KEY_KEY_FILEPATH=${keyFile}

App Store versions for which a package can be created:
${appStoreVersions.map(({ id, appId }) => `  ${id} of app ${appId}`).join("\n")}

  adp create --base-url ${url} --app-store-version-id ${appStoreVersions[0]?.id ?? "<App Store version>"}

More of them, package versions, faults and notifications:
  curl ${url}/sandbox/appStoreVersions ${json} -d '{ "variants": 10, "assetBytes": 1000000 }'
  curl ${url}/sandbox/versions ${json} -d '{ "id": "<App Store version or package>", "deltas": 2 }'
  curl ${url}/sandbox/faults ${json} -d '{ "on": "api", "status": 429, "times": 3 }'
  curl ${url}/sandbox/notifications ${json} -d '{ "type": "AppUnavailable", "about": "<id>", "url": "http://…" }'
  curl ${url}/sandbox/requests`;
}
