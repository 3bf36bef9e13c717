import { givenTokens, keyTokens } from "./auth.js";
import { type Clock, systemClock } from "./clock.js";
import { type Api, createApi } from "./http/api.js";
import type { RateLimit } from "./http/headers.js";
import { Transport } from "./http/transport.js";
import { type ClientOptions, readClientOptions } from "./options.js";
import { AppStoreVersions } from "./resources/app-store-versions.js";
import { Apps } from "./resources/apps.js";
import { Deltas } from "./resources/deltas.js";
import { Domains } from "./resources/domains.js";
import { Keys } from "./resources/keys.js";
import { Operations } from "./resources/operations.js";
import { Packages } from "./resources/packages.js";
import { SearchDetails } from "./resources/search-details.js";
import { Variants } from "./resources/variants.js";
import { Versions } from "./resources/versions.js";
import { Webhooks } from "./resources/webhooks.js";

/** A client for one account. */
export interface Client {
  /** Packages, one per App Store version: create, read, wait for a version. */
  readonly packages: Packages;
  /** Versions of a package, with their lists of variants and deltas. */
  readonly versions: Versions;
  /** Single variants: the app for one kind of device. */
  readonly variants: Variants;
  /** Single deltas: the update from an earlier version. */
  readonly deltas: Deltas;
  /** Apps: list, read, find by bundle id. */
  readonly apps: Apps;
  /** App Store versions of an app: list, read, find by number. */
  readonly appStoreVersions: AppStoreVersions;
  /** Webhooks and what Apple sent to them: register, ping, list deliveries, send again. */
  readonly webhooks: Webhooks;
  /** Public keys for alternative distribution. */
  readonly keys: Keys;
  /** Domains for distribution on the web. */
  readonly domains: Domains;
  /** Search catalogs of marketplace apps. */
  readonly searchDetails: SearchDetails;
  /**
   * The openapi-fetch client for all typed paths, with the same tokens, time-outs and retries. It gives
   * `{ data, error, response }`: an HTTP error is returned, not thrown, and its body may be empty, so check
   * `response.ok`. It throws ConnectionError, TimeoutError, the signal's abort reason, an AppStoreConnectError for a
   * response that is not a JSON:API document, and a TypeError for an id that is missing or empty.
   *
   * The methods send their requests through it, so its middleware sees every call. Middleware gets a plain object with
   * `url`, `method`, `headers`, `body` and `signal` as its `request`, because a web `Request` would take a tenth of a
   * call's time.
   */
  readonly api: Api;
  /** Where the API is: the option `baseUrl`, or Apple's. */
  readonly baseUrl: string;
  /** The hourly limit as last seen; `undefined` before the first response. */
  readonly rateLimit: RateLimit | undefined;
}

/**
 * Creates a client for one account. Nothing is signed or sent before the first call. Clients share no state.
 *
 * @example
 * const client = createClient({ keyId, issuerId, privateKey });
 * const { data } = await client.packages.getForAppStoreVersion(appStoreVersionId);
 *
 * @throws TypeError that names the wrong option.
 */
export function createClient(options: ClientOptions): Client {
  return connect(options, systemClock);
}

/** {@link createClient} with a given clock. */
export function connect(options: ClientOptions, clock: Clock): Client {
  const settings = readClientOptions(options);
  const { credentials } = settings;
  const tokens = "token" in credentials ? givenTokens(credentials.token) : keyTokens(credentials, clock);
  const transport = new Transport(settings, tokens, clock);
  const api = createApi(settings.baseUrl, transport);
  const operations = new Operations(api, transport);
  const apps = new Apps(operations);
  return {
    packages: new Packages(operations, clock),
    versions: new Versions(operations),
    variants: new Variants(operations),
    deltas: new Deltas(operations),
    apps,
    appStoreVersions: new AppStoreVersions(operations, apps),
    webhooks: new Webhooks(operations),
    keys: new Keys(operations),
    domains: new Domains(operations),
    searchDetails: new SearchDetails(operations),
    api,
    baseUrl: settings.baseUrl,
    get rateLimit() {
      return transport.rateLimit;
    },
  };
}
