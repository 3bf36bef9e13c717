import { server as apiOrigin } from "../../generated/endpoints.js";
import { createAnswer } from "./answer.js";
import { createAuthenticate } from "./auth.js";
import { createCdn } from "./cdn.js";
import type { Clock } from "./clock.js";
import { withControl } from "./control.js";
import { createFaults, type Fault, type PlacedFault } from "./faults.js";
import { createFetch } from "./fetch.js";
import { createKeys, type IndividualCredentials, type TeamCredentials } from "./keys.js";
import { createLimiter, type Limits } from "./limits.js";
import type { LoggedRequest } from "./log.js";
import { createHandlers, type MswHandler } from "./msw.js";
import { createNotifications, type NotificationOptions } from "./notifications.js";
import {
  type AddedAppStoreVersion,
  type AppStoreVersionOptions,
  createPackages,
  type PublishedVersion,
  type VersionAssets,
} from "./packages.js";
import { createRandom } from "./random.js";
import { type ListenOptions, type SandboxServer, serve } from "./server.js";
import { State } from "./state.js";

/** Options of {@link createSandbox}; all have defaults. */
export interface SandboxOptions {
  /**
   * Ids, keys, asset bytes and the chances of faults are drawn from it. Default: another one for each sandbox,
   * see {@link Sandbox.seed}.
   */
  readonly seed?: number | string;
  /** The sandbox's clock, in ms since 1970. Default `Date.now`. */
  readonly now?: Clock;
  /** ms until a new package's version is COMPLETED. Default 0; `Infinity` leaves it to `publishVersion`. */
  readonly versionDelay?: number;
  /** ms a signed URL lives. Default one hour. */
  readonly urlLifetime?: number;
  /** How much a key may ask for. */
  readonly limits?: Limits;
}

/** A local App Store Connect: the alternative-distribution endpoints, and a CDN with the packages' files. */
export interface Sandbox {
  /** What everything in here was drawn from; give it to `createSandbox` to have the same again. */
  readonly seed: string;
  /** The team key of the app's developer, as `createClient` takes it. It is good for this sandbox only. */
  readonly credentials: TeamCredentials;
  /** An individual key of the same account. */
  readonly individualCredentials: IndividualCredentials;
  /** The team key of a marketplace: it reads packages and cannot create them. */
  readonly marketplaceCredentials: TeamCredentials;
  /** The secret notifications are signed with. */
  readonly notificationSecret: string;

  /**
   * The sandbox as a `fetch`, for `createClient({ ...sandbox.credentials, fetch: sandbox.fetch })`. It answers
   * requests to any origin: paths under `/cdn/` are the CDN, all others the API.
   */
  readonly fetch: typeof globalThis.fetch;
  /** msw handlers for Apple's origin and the CDN's: `setupServer(...sandbox.handlers)`. Needs msw 2 or 3. */
  readonly handlers: MswHandler[];
  /** Starts an HTTP server; signed URLs then name it. */
  listen(options?: ListenOptions): Promise<SandboxServer>;

  /**
   * Adds an App Store version for which a package can be created.
   * @throws TypeError for an id that is taken or a size that is no number of bytes.
   */
  addAppStoreVersion(options?: AppStoreVersionOptions): AddedAppStoreVersion;
  /**
   * Makes a package version COMPLETED now, and the one before it REPLACED: the one that is being built, or a
   * new one. Assets that are not given stay those of the version before, so `{ deltas: 2 }` is what happens when
   * deltas arrive.
   * @param id An App Store version's (its package is created if need be) or a package's.
   * @throws TypeError for an id the sandbox does not know.
   */
  publishVersion(id: string, assets?: VersionAssets): PublishedVersion;

  /** What was asked, the latest 10,000 to 20,000 requests. It never holds a token or a signed query. */
  readonly requests: readonly LoggedRequest[];
  /** Faults on demand. */
  readonly faults: {
    /**
     * Places a fault. A request meets the first one that fits it, in the order they were placed.
     *
     * @throws TypeError for a key or an operation that there is none of.
     */
    add(fault: Fault): PlacedFault;
    /** Takes all of them away. */
    clear(): void;
  };

  /**
   * A signed notification as Apple would post it, for a handler that takes a `Request`.
   * @throws TypeError when `about` names nothing, or nothing that has what the type tells of.
   */
  notification(options: NotificationOptions): Request;
  /** Posts {@link Sandbox.notification} to `url`. */
  notify(options: NotificationOptions & { readonly url: string | URL }): Promise<Response>;
}

/** Signed URLs name this host until there is a server. `.example` is reserved: no one is reached by mistake. */
const CDN_ORIGIN = "https://cdn.sandbox.example";

/**
 * Makes a sandbox. It is empty but for its keys, shares nothing with other sandboxes, and needs no closing
 * unless it listens.
 *
 * @example
 * const sandbox = createSandbox({ seed: 1 });
 * const { id } = sandbox.addAppStoreVersion({ variants: 3 });
 * const client = createClient({ ...sandbox.credentials, fetch: sandbox.fetch });
 * await client.packages.create({ appStoreVersionId: id });
 */
export function createSandbox({
  seed,
  now = Date.now,
  versionDelay = 0,
  urlLifetime = 3_600_000,
  limits = {},
}: SandboxOptions = {}): Sandbox {
  const random = createRandom(seed);
  const keys = createKeys(random);
  const state = new State();
  const packages = createPackages(state, random, now, versionDelay);
  const faults = createFaults(random);
  const requests: LoggedRequest[] = [];
  const servers: SandboxServer[] = [];
  const notificationSecret = random.hex("notification secret", 32);
  const answer = createAnswer({
    state,
    random,
    now,
    faults,
    log: requests,
    cdn: createCdn(state, random, now, urlLifetime),
    authenticate: createAuthenticate(keys.known, now),
    limiter: createLimiter(limits, now),
    cdnOrigin: () => servers.at(-1)?.url ?? CDN_ORIGIN,
    settle: packages.settle,
    createPackage: packages.create,
  });
  const fetch = createFetch(answer);

  const sandbox: Sandbox = {
    seed: random.seed,
    credentials: keys.credentials,
    individualCredentials: keys.individualCredentials,
    marketplaceCredentials: keys.marketplaceCredentials,
    notificationSecret,
    fetch,
    get handlers() {
      return createHandlers(fetch, [apiOrigin, CDN_ORIGIN]);
    },
    async listen(options = {}) {
      const server = await serve(options.control ? withControl(answer, sandbox) : answer, options);
      servers.push(server);
      const close = async () => {
        servers.splice(servers.indexOf(server) >>> 0, 1);
        await server.close();
      };
      return { url: server.url, close, [Symbol.asyncDispose]: close };
    },
    addAppStoreVersion: packages.add,
    publishVersion: packages.publish,
    requests,
    faults: { add: faults.add, clear: faults.clear },
    ...createNotifications(random, now, notificationSecret, packages.subjectOf),
  };
  return sandbox;
}
