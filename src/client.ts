import { givenTokens, keyTokens } from "./auth.js";
import { type Clock, systemClock } from "./clock.js";
import { type Api, createApi } from "./http/api.js";
import type { RateLimit } from "./http/headers.js";
import { Transport } from "./http/transport.js";
import { type ClientOptions, readOptions } from "./options.js";
import { Deltas } from "./resources/deltas.js";
import { Operations } from "./resources/operations.js";
import { Packages } from "./resources/packages.js";
import { Variants } from "./resources/variants.js";
import { Versions } from "./resources/versions.js";

/** What {@link createClient} gives. */
export interface Client {
  /** Packages, one per App Store version: create, read, wait for a version. */
  readonly packages: Packages;
  /** What Apple built for a package, with its lists of variants and deltas. */
  readonly versions: Versions;
  /** Single variants: the app for one kind of device. */
  readonly variants: Variants;
  /** Single deltas: the update from an earlier version. */
  readonly deltas: Deltas;
  /**
   * The openapi-fetch client for all typed paths, on the same tokens, time-outs and retries. It gives
   * `{ data, error, response }`: an HTTP error is returned, not thrown, and its body may be empty, so ask
   * `response.ok`. Thrown are ConnectionError, TimeoutError,
   * the signal's abort reason, an AppStoreConnectError for an unreadable answer and a TypeError for a bad id.
   * Middleware sees the calls made here, not those of the methods: a light request (`url`, `method`, `headers`, `body`), not a web `Request`, and a response
   * whose body is read with `json()` or `text()`, not cloned.
   */
  readonly api: Api;
  /** The hourly limit as last seen, `undefined` before the first answer. */
  readonly rateLimit: RateLimit | undefined;
}

/**
 * Makes a client for one account. Nothing is sent, signed or scheduled before the first call; clients share
 * no state.
 *
 * @example
 * const client = createClient({ keyId, issuerId, privateKey });
 * const { data } = await client.packages.getForAppStoreVersion(appStoreVersionId);
 *
 * @throws TypeError naming the option that is wrong.
 */
export function createClient(options: ClientOptions): Client {
  return connect(options, systemClock);
}

/** {@link createClient} on a given clock. */
export function connect(options: ClientOptions, clock: Clock): Client {
  const settings = readOptions(options);
  const { credentials } = settings;
  const tokens = "token" in credentials ? givenTokens(credentials.token) : keyTokens(credentials, clock);
  const transport = new Transport(settings, tokens, clock);
  const api = createApi(settings.baseUrl, transport);
  const operations = new Operations(api, transport);
  return {
    packages: new Packages(operations, clock),
    versions: new Versions(operations),
    variants: new Variants(operations),
    deltas: new Deltas(operations),
    api,
    get rateLimit() {
      return transport.rateLimit;
    },
  };
}
