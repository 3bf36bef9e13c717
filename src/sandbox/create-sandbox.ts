import { server as apiOrigin } from "../../generated/endpoints.js";
import { checkFunction, checkNumber, checkObject, optionError, show } from "../checks.js";
import { type Clock, systemClock } from "../clock.js";
import { withControl } from "./adapters/control.js";
import { createFetch } from "./adapters/fetch.js";
import { createHandlers } from "./adapters/msw.js";
import { type ListenOptions, type SandboxServer, serve } from "./adapters/server.js";
import { Coverage } from "./api/coverage.js";
import { createLimiter } from "./api/limits.js";
import { createAuthenticate } from "./api/token.js";
import { createCdn } from "./cdn.js";
import type { Respond } from "./exchange.js";
import { Faults } from "./faults.js";
import { createKeys } from "./keys.js";
import type { LoggedRequest } from "./log.js";
import { createNotifications } from "./notifications.js";
import { createRandom } from "./random.js";
import { createRespond } from "./respond.js";
import type { Sandbox, SandboxOptions } from "./sandbox.js";
import { createSend } from "./send-notification.js";
import { PackageSigner } from "./signing/package-signer.js";
import { State } from "./state/resource.js";
import { createResources } from "./state/resources.js";

/** The host of signed URLs until there is a server. `.example` is reserved: requests to it reach nothing. */
const CDN_ORIGIN = "https://cdn.sandbox.example";

/** Ms, about a century: dates of later expiry could not be written. */
const LONGEST_LIFETIME = 3_155_760_000_000;

/**
 * Makes a sandbox. It has keys and nothing else yet, shares nothing with other sandboxes, and needs no closing unless
 * it listens.
 *
 * @throws TypeError for an option that is not what its type says
 * @example
 * const sandbox = createSandbox({ seed: 1 });
 * const { id } = sandbox.addAppStoreVersion({ variants: 3 });
 * const client = createClient({ ...sandbox.credentials, fetch: sandbox.fetch });
 * await client.packages.create({ appStoreVersionId: id });
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  checkOptions(options);
  const { seed, now, versionDelay = 0, urlLifetime = 3_600_000, limits = {}, receive } = options;
  const random = createRandom(seed);
  const clock: Clock = now ? { ...systemClock, now } : systemClock;
  const signer = new PackageSigner(random);
  const context = { state: new State(), random, clock, signer };
  const keys = createKeys(random);
  const onVersion = (about: string) => {
    const type = "alternativeDistributionPackageVersionCreated";
    if (webhooks.exist) void notifications.deliver({ type, about });
  };
  const { apps, appStoreVersions, packages, webhooks, rules } = createResources(
    context,
    { versionDelay, onVersion },
    createSend(receive),
  );
  const faults = new Faults(random);
  const requests: LoggedRequest[] = [];
  const servers: SandboxServer[] = [];
  const secret = random.hex("notification secret", 32);
  const notifications = createNotifications({ context, secret, apps, appStoreVersions, packages, webhooks });
  const respond = createRespond({
    context,
    rules,
    coverage: new Coverage(rules),
    cdn: createCdn(context, urlLifetime),
    authenticate: createAuthenticate(keys.known, clock),
    limiter: createLimiter(limits, clock),
    faults,
    log: requests,
    cdnOrigin: () => servers.at(-1)?.url ?? CDN_ORIGIN,
    settle() {
      packages.settle();
      webhooks.settle();
    },
  });
  const fetch = createFetch(respond);

  const sandbox: Sandbox = {
    seed: random.seed,
    credentials: keys.credentials,
    individualCredentials: keys.individualCredentials,
    marketplaceCredentials: keys.marketplaceCredentials,
    marketplaceAppId: apps.marketplaceAppId,
    notificationSecret: secret,
    get trust() {
      return signer.trust;
    },
    fetch,
    get handlers() {
      return createHandlers(fetch, [apiOrigin, CDN_ORIGIN]);
    },
    listen: (options = {}) => listen(respond, sandbox, servers, options),
    addApp(options) {
      const { id, bundleId, name } = apps.add(options);
      return { id, bundleId, name };
    },
    addAppStoreVersion: (options) => appStoreVersions.add(options),
    publishVersion: (id, assets) => packages.publish(id, assets),
    requests,
    faults: { add: (fault) => faults.add(fault), clear: () => faults.clear() },
    ...notifications,
    delivered: () => webhooks.delivered(),
  };
  return sandbox;
}

/** Serves the sandbox; the server is one of `servers` until it is closed. */
async function listen(
  respond: Respond,
  sandbox: Sandbox,
  servers: SandboxServer[],
  options: ListenOptions,
): Promise<SandboxServer> {
  const { control, host } = checkObject("options", options);
  const server = await serve(control ? withControl(respond, sandbox, host) : respond, options);
  servers.push(server);
  const close = async () => {
    const index = servers.indexOf(server);
    if (index >= 0) servers.splice(index, 1);
    await server.close();
  };
  return { url: server.url, close, [Symbol.asyncDispose]: close };
}

function checkOptions(options: SandboxOptions): void {
  const { seed, now, versionDelay, urlLifetime, limits = {}, receive } = checkObject("options", options);
  if (seed !== undefined && typeof seed !== "number" && typeof seed !== "string") {
    throw optionError("seed", "a number or a string", show(seed));
  }
  if (now !== undefined) checkFunction("now", now);
  if (receive !== undefined) checkFunction("receive", receive);
  checkLimit("versionDelay", versionDelay, { max: Infinity, unit: "ms" });
  checkLimit("urlLifetime", urlLifetime, { max: LONGEST_LIFETIME, unit: "ms" });
  checkObject("limits", limits);
  for (const name of ["perHour", "perMinute", "concurrent"] as const) {
    checkLimit(`limits.${name}`, limits[name], { max: Infinity, unit: "requests" });
  }
}

function checkLimit(
  name: string,
  value: unknown,
  bounds: { readonly max: number; readonly unit: string },
): void {
  if (value !== undefined) checkNumber(name, value, { min: 0, ...bounds });
}
