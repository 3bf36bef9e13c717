import type { MswHandler } from "./adapters/msw.js";
import type { ListenOptions, SandboxServer } from "./adapters/server.js";
import type { Limits } from "./api/limits.js";
import type { Fault, PlacedFault } from "./faults.js";
import type { IndividualCredentials, TeamCredentials } from "./keys.js";
import type { LoggedRequest } from "./log.js";
import type { NotificationContent, NotificationOptions } from "./notifications.js";
import type { AddedAppStoreVersion, AppStoreVersionOptions } from "./state/app-store-versions.js";
import type { AddedApp, AppOptions } from "./state/apps.js";
import type { PublishedVersion, VersionAssets } from "./state/package-versions.js";
import type { DeliveryResult } from "./state/webhooks.js";

/** Options of `createSandbox`. */
export interface SandboxOptions {
  /**
   * Ids, keys, certificates, the bytes and shapes of packages and the probabilities of faults are drawn from it.
   * @default another one for each sandbox, see {@link Sandbox.seed}
   */
  readonly seed?: number | string | undefined;
  /**
   * The time in the sandbox, in ms since 1970.
   * @default Date.now
   */
  readonly now?: (() => number) | undefined;
  /**
   * Ms until a new package's version is COMPLETED. With `Infinity`, only `publishVersion` completes it.
   * @default 0
   */
  readonly versionDelay?: number | undefined;
  /**
   * Ms until a signed URL expires.
   * @default 3600000
   */
  readonly urlLifetime?: number | undefined;
  /** Limits of each API key. */
  readonly limits?: Limits | undefined;
  /**
   * Receives what is sent to webhooks, in place of their URLs: a notification handler, for example.
   * @default the network
   */
  readonly receive?: ((request: Request) => Promise<Response>) | undefined;
}

/** A local App Store Connect: the alternative-distribution endpoints, and a CDN with the packages' files. */
export interface Sandbox {
  /** What everything in the sandbox was drawn from. Another sandbox with this seed draws the same. */
  readonly seed: string;
  /** The team key of the app's developer, as `createClient` takes it. It is valid for this sandbox only. */
  readonly credentials: TeamCredentials;
  /** An individual key of the same account. */
  readonly individualCredentials: IndividualCredentials;
  /** The team key of a marketplace: it reads packages and cannot create them. */
  readonly marketplaceCredentials: TeamCredentials;
  /**
   * The id of the marketplace's app. Its webhooks are told about all apps; those of another app about that app. Lists of
   * apps have it for the marketplace's key alone.
   */
  readonly marketplaceAppId: string;
  /** The secret that signs notifications which are not for a webhook of the sandbox. */
  readonly notificationSecret: string;
  /**
   * The root certificate of the packages' signatures, in PEM: it takes the place of Apple's where a signature is
   * verified. It is valid for this sandbox only; another one with the same seed has the same.
   */
  readonly trust: string;

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
   * Adds an app that has no App Store version yet.
   * @throws TypeError for an id or a bundle id that an app has already
   */
  addApp(options?: AppOptions): AddedApp;
  /**
   * Adds an App Store version, and its app if that is new.
   * @throws TypeError for an id that exists already, or an option that is not what its type says
   */
  addAppStoreVersion(options?: AppStoreVersionOptions): AddedAppStoreVersion;
  /**
   * Makes a package version COMPLETED now, and the one before it REPLACED: the version that is being built, or a new
   * one. Assets that are not given stay as in the version before, so `{ deltas: 2 }` is what happens when deltas
   * arrive. Webhooks that ask for it are told: `alternativeDistributionPackageVersionCreated`.
   * @param id An App Store version's (its package is created if it has none) or a package's.
   * @throws TypeError for an id that the sandbox does not have, or a size that is not a whole number of bytes
   */
  publishVersion(id: string, assets?: VersionAssets): PublishedVersion;

  /** The latest 10,000 to 20,000 requests. It never contains a token or a signed query. */
  readonly requests: readonly LoggedRequest[];
  /** Faults on demand. */
  readonly faults: {
    /**
     * Adds a fault. The first fault that matches a request applies to it, in the order in which they were added.
     * @throws TypeError for an unknown key, or a value that could never have an effect
     */
    add(fault: Fault): PlacedFault;
    /** Removes all faults. */
    clear(): void;
  };

  /**
   * A signed notification as Apple posts it, for a handler that takes a `Request`.
   * @throws TypeError when the sandbox has nothing with the id `about`, or not what a notification of the type names
   */
  notification(options: NotificationOptions): Request;
  /** Posts {@link Sandbox.notification} to `url`. */
  notify(options: NotificationOptions & { readonly url: string | URL }): Promise<Response>;
  /**
   * Sends a notification to the webhooks that ask for its type, signed with their secrets. Each is a delivery that
   * `webhooks.listDeliveries` lists for ten days.
   * @returns the result of each delivery
   * @throws TypeError as {@link Sandbox.notification} does, and for a type that no webhook can ask for
   */
  deliver(content: NotificationContent): Promise<readonly DeliveryResult[]>;
  /** Resolves once no delivery is PENDING: pings, redeliveries and versions are sent in the background. */
  delivered(): Promise<void>;
}
