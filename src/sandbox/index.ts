import { createAnswer } from "./answer.js";
import { createAuthenticate } from "./auth.js";
import { createCdn } from "./cdn.js";
import type { Clock } from "./clock.js";
import { createFaults } from "./faults.js";
import { createFetch } from "./fetch.js";
import { createKeys } from "./keys.js";
import { createLimiter, type Limits } from "./limits.js";
import type { LoggedRequest } from "./log.js";
import { createPackages } from "./packages.js";
import { createRandom } from "./random.js";
import { type ListenOptions, type SandboxServer, serve } from "./server.js";
import { State } from "./state.js";

export interface SandboxOptions {
  /** Ids, keys, asset bytes and chances are drawn from it. Default: another one each time. */
  readonly seed?: number | string;
  /** The sandbox's clock in milliseconds since 1970. Default `Date.now`. */
  readonly now?: Clock;
  /**
   * Milliseconds by that clock until a new package's version is COMPLETED. Default 0; Infinity waits for
   * `publishVersion`.
   */
  readonly versionDelay?: number;
  /** Milliseconds by that clock a signed URL lives. Default one hour. */
  readonly urlLifetime?: number;
  readonly limits?: Limits;
}

export type Sandbox = ReturnType<typeof createSandbox>;

/** Signed URLs name this host until there is a server. `.example` is reserved: nobody can be reached by mistake. */
const CDN_ORIGIN = "https://cdn.sandbox.example";

export function createSandbox({
  seed,
  now = Date.now,
  versionDelay = 0,
  urlLifetime = 3_600_000,
  limits = {},
}: SandboxOptions = {}) {
  const random = createRandom(seed);
  const keys = createKeys(random);
  const state = new State();
  const packages = createPackages(state, random, now, versionDelay);
  const faults = createFaults(random);
  const requests: LoggedRequest[] = [];
  const servers = new Set<SandboxServer>();
  const answer = createAnswer({
    state,
    random,
    now,
    faults,
    log: requests,
    cdn: createCdn(state, random, now, urlLifetime),
    authenticate: createAuthenticate(keys.known, now),
    limiter: createLimiter(limits, now),
    cdnOrigin: () => [...servers].at(-1)?.url ?? CDN_ORIGIN,
    settle: packages.settle,
    createPackage: packages.create,
  });

  return {
    seed: random.seed,
    credentials: keys.credentials,
    individualCredentials: keys.individualCredentials,
    marketplaceCredentials: keys.marketplaceCredentials,
    fetch: createFetch(answer),
    async listen(options: ListenOptions = {}): Promise<SandboxServer> {
      const server = await serve(answer, options);
      servers.add(server);
      const close = async () => {
        servers.delete(server);
        await server.close();
      };
      return { url: server.url, close, [Symbol.asyncDispose]: close };
    },
    addAppStoreVersion: packages.add,
    publishVersion: packages.publish,
    requests: requests as readonly LoggedRequest[],
    faults: { add: faults.add, clear: faults.clear },
  };
}
