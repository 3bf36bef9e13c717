import { abortable } from "../abort.js";
import { checkDuration, checkFunction, checkObject, kindOf, optionError } from "../checks.js";
import type { Clock } from "../clock.js";
import type { Manifest } from "../ingest/index.js";
import { receiveBody, textResponse } from "../request-handler.js";
import { TimeUp, withTimeLimit } from "../time-limit.js";
import { checkFolderUrl, checkHttpsUrl, checkSecret } from "./checks.js";
import type { DeviceRequest, FailedApp, OfferedApp, RequestedApp } from "./documents.js";
import { manifestText } from "./manifest-fields.js";
import { readDeviceRequest } from "./requests.js";
import { checkKind, checkLifetime, type InstallKind, type InstallTokens } from "./tokens.js";

/** An app in a device's request, with the device's platform and system version. */
export interface WantedApp extends RequestedApp {
  /** In lower case: `ios`. */
  readonly platform: string;
  /** For example `18.1`. */
  readonly osVersion: string;
}

/** An app that you serve. */
export interface ServedApp {
  /** The package's `manifest.json`, parsed. */
  readonly manifest: Manifest;
  /** The https URL of the package's folder, under the same rules as in a link: see {@link checkInstallPage}. */
  readonly packageUrl: string;
  /** The https URL of the product page, for the Share Sheet. */
  readonly appShareURL?: string | undefined;
}

/** Options of {@link createUpdatesHandler} and {@link createRestoreHandler}. */
export interface DeviceHandlerOptions {
  /**
   * Returns the package of an app that you serve; `undefined` if the app is not available, which the answer reports as a
   * failure. Called for each app of a request, 16 at a time, with the request, whose headers name the account. Ids are digits.
   */
  readonly find: (
    app: WantedApp,
    request: Request,
  ) => ServedApp | undefined | PromiseLike<ServedApp | undefined>;
  /**
   * Signs the tokens, as made by {@link createInstallTokens}. For web distribution with several apps, and so several keys:
   * an object whose `sign` chooses among them by `appId`.
   */
  readonly tokens: InstallTokens;
  /**
   * Whether the request may be answered: `true`, or the status to refuse it with: 401, also written `false`, or 403. Devices
   * read 401 as "no access token", 403 as "not a valid one". An async function may return any number, because TypeScript
   * would refuse `async () => 403` otherwise; anything but `true` and 403 means 401. It must not read the body.
   * @default every request is answered
   */
  readonly authorize?:
    | ((request: Request) => boolean | 401 | 403 | PromiseLike<boolean | number>)
    | undefined;
  /**
   * The kind of install in the tokens. Apple does not state it for updates and restores. AltStore PAL sends `download` for
   * every update; a restore is an install after the first one.
   * @default "download" for updates, "redownload" for restores
   */
  readonly kind?: InstallKind | undefined;
  /**
   * Seconds until a token expires: see {@link InstallTokenRequest.lifetime}.
   * @default 600
   */
  readonly lifetime?: number | undefined;
  /**
   * The longest time in ms for one request: for `authorize`, to receive the body, and for `find` and the signatures of all
   * apps together. If it ends while the body is received, the answer is 408, else 500. What was called continues, but `find`
   * is not called again. Apple does not state how long devices wait.
   * @default 30_000
   */
  readonly timeout?: number | undefined;
  /**
   * Called with what `find`, `authorize` or a signature threw, with what is wrong with a package that `find` returned, or when
   * one of them took longer than `timeout`. The answer is then 500. It is not awaited, and its own errors are ignored.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The result for one app of a request. */
type Outcome<Offer> = { readonly offer: Offer } | { readonly failure: string } | undefined;

/** How one of the two answers is made. */
export interface AnswerForm<Offer extends OfferedApp> {
  /** The key of the list in the answer. */
  readonly list: "updates" | "restores";
  readonly kind: InstallKind;
  /** Why an app that is served is not offered to this device: a failure, or `"leave out"`; `undefined` if it is offered. */
  readonly refuse: (
    app: WantedApp,
    manifest: Manifest,
  ) => { readonly failure: string } | "leave out" | undefined;
  /** The fields of an entry in addition to those of every offered app. */
  readonly more: (manifest: Manifest) => Omit<Offer, keyof OfferedApp>;
}

/** Waits for a step until the request's time limit, or until the device disconnects. */
type Limited = <T>(step: Promise<T>) => Promise<T>;

const MAX_BYTES = 1_048_576;
const APPS_AT_ONCE = 16;
const DEFAULT_TIMEOUT = 30_000;

/** The request handler for updates or restores. */
export function createDeviceHandler<Offer extends OfferedApp>(
  options: DeviceHandlerOptions,
  form: AnswerForm<Offer>,
  clock: Clock,
): (request: Request) => Promise<Response> {
  checkOptions(options);
  const { authorize = () => true, timeout = DEFAULT_TIMEOUT, onError } = options;

  return async (request) => {
    if (request.method !== "POST") return textResponse(405, "Devices ask with POST", { allow: "POST" });
    const { signal } = request;
    const end = clock.elapsed() + timeout;
    const limited: Limited = (step) => withTimeLimit(abortable(step, signal), end - clock.elapsed(), clock);
    try {
      const allowed = await limited(Promise.resolve(authorize(request)));
      if (allowed === 403) return textResponse(403, "The access token is not valid");
      if (allowed !== true)
        return textResponse(401, "An access token is needed", { "www-authenticate": "Bearer" });
      const left = end - clock.elapsed();
      const body = await receiveBody(request, { maxBytes: MAX_BYTES, left, timeout, clock });
      if (body instanceof Response) return body;
      const asked = readDeviceRequest(body);
      if (typeof asked === "string") return textResponse(400, asked);
      const { offers, failures } = await answerAll(asked, limited, (app) =>
        outcomeOf(app, request, options, form),
      );
      return Response.json(
        { [form.list]: offers, ...(failures.length > 0 && { failures }) },
        { headers: { "cache-control": "no-store" } },
      );
    } catch (error) {
      const slow = `authorize, find or a signature took too long: no answer within ${timeout} ms`;
      const report = async () => onError?.(error instanceof TimeUp ? new TimeUp(slow) : error);
      // The device gets its answer also if the caller's log fails.
      if (!signal?.aborted) report().catch(() => {});
      return textResponse(500, "The request could not be answered: ask again later");
    }
  };
}

async function answerAll<Offer>(
  { apps, platform, osVersion }: DeviceRequest,
  limited: Limited,
  decide: (app: WantedApp) => Promise<Outcome<Offer>>,
) {
  const offers: Offer[] = [];
  const failures: FailedApp[] = [];
  for (let start = 0; start < apps.length; start += APPS_AT_ONCE) {
    const group = apps.slice(start, start + APPS_AT_ONCE);
    const outcomes = await limited(Promise.all(group.map((app) => decide({ ...app, platform, osVersion }))));
    for (const [index, app] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      if ("offer" in outcome) offers.push(outcome.offer);
      else failures.push({ ...app, failure: { code: 404, description: outcome.failure } });
    }
  }
  return { offers, failures };
}

async function outcomeOf<Offer extends OfferedApp>(
  app: WantedApp,
  request: Request,
  { find, tokens, kind, lifetime }: DeviceHandlerOptions,
  form: AnswerForm<Offer>,
): Promise<Outcome<Offer | OfferedApp>> {
  const served = await find(app, request);
  if (!served) return { failure: "This app is not available" };
  const { manifest, packageUrl, appShareURL } = served;
  const appVersionId = manifestText(manifest, "appleVersionId");
  const appId = manifestText(manifest, "appleItemId");
  if (appId !== app.appleItemId) {
    throw optionError("find", `a package of the app ${app.appleItemId}`, `one of the app ${appId}`);
  }
  const refused = form.refuse(app, manifest);
  if (refused) return refused === "leave out" ? undefined : refused;
  const token = await tokens.sign({
    bundleId: manifestText(manifest, "bundleId"),
    kind: kind ?? form.kind,
    appId,
    appVersionId,
    lifetime,
  });
  const offer = {
    appleItemId: appId,
    appleVersionId: appVersionId,
    alternativeDistributionPackage: checkFolderUrl("packageUrl", packageUrl),
    ...form.more(manifest),
    installVerificationToken: checkSecret("tokens.sign", token),
    ...(appShareURL !== undefined && { appShareURL: checkHttpsUrl("appShareURL", appShareURL) }),
  };
  return { offer };
}

function checkOptions(options: DeviceHandlerOptions): void {
  const { find, tokens, authorize, kind, lifetime, timeout, onError } = checkObject("options", options);
  checkFunction("find", find);
  if (typeof tokens?.sign !== "function") {
    const got = tokens instanceof Promise ? "a promise: await createInstallTokens" : kindOf(tokens);
    throw optionError("tokens", "what createInstallTokens resolves to", got);
  }
  if (authorize !== undefined) checkFunction("authorize", authorize);
  if (kind !== undefined) checkKind(kind);
  if (lifetime !== undefined) checkLifetime(lifetime);
  if (timeout !== undefined) checkDuration("timeout", timeout);
  if (onError !== undefined) checkFunction("onError", onError);
}
