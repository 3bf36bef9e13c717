import { abortable } from "../abort.js";
import type { TokenSource } from "../auth.js";
import type { Clock } from "../clock.js";
import { type CallOptions, checkLimits, type Settings } from "../options.js";
import { redactedLine } from "../redact.js";
import { type Answer, attempt } from "./attempt.js";
import {
  answerError,
  type Expected,
  noAnswerError,
  readDocument,
  redirectError,
  requestIdOf,
} from "./call-errors.js";
import { classify, describe } from "./failure.js";
import { operationId } from "./operation.js";
import { parseRateLimit, type RateLimit } from "./rate-limit.js";
import { type Failure, parseHttpDate } from "./retry.js";
import { type Slot, Throttle } from "./throttle.js";
import { askedWait, isHourUsedUp, judge, judgeRefusal, type Verdict } from "./verdict.js";

/** A request, but for what the transport adds. */
export interface ApiRequest extends Pick<CallOptions, "timeout" | "maxRetries"> {
  readonly url: string;
  /** Upper case. */
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | null | undefined;
  /** The server may get this twice, although it is no GET. */
  readonly repeatable?: boolean | undefined;
}

/** A call under way. */
interface Call {
  readonly method: string;
  /** Path below the base URL. */
  readonly path: string;
  readonly request: ApiRequest;
  readonly signal: AbortSignal | undefined;
  readonly repeatable: boolean;
  readonly timeout: number;
  readonly maxRetries: number;
  url: string;
  token: string | undefined;
  signedAnew: boolean;
  attempts: number;
  retries: number;
  redirects: number;
  waited: number;
}

/** How an attempt ended: `failure` classifies an error. */
type Outcome = { readonly answer: Answer } | { readonly error: unknown; readonly failure: Failure };

/** How a call ended: with the last answer, and what follows from it. */
interface Ending {
  readonly call: Call;
  readonly answer: Answer;
  readonly verdict: Verdict;
}

const MOST_REDIRECTS = 5;

/** Sends requests to one origin: with tokens, time-outs, retries, and no faster than the server likes. */
export class Transport {
  readonly #settings: Settings;
  readonly #tokens: TokenSource;
  readonly #clock: Clock;
  readonly #throttle: Throttle;
  #rateLimit: RateLimit | undefined;

  constructor(settings: Settings, tokens: TokenSource, clock: Clock) {
    this.#settings = settings;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#throttle = new Throttle(clock);
  }

  get rateLimit(): RateLimit | undefined {
    return this.#rateLimit;
  }

  /**
   * The document that a call gives. It has this in `data`.
   *
   * @throws AppStoreConnectError, the caller's abort reason, or a programming error of the caller's `fetch`.
   */
  async document(request: ApiRequest, expects: Expected): Promise<unknown> {
    const { call, answer, verdict } = await this.#send(request);
    if (!answer.response.ok) throw answerError(call, answer, verdict);
    return readDocument(call, answer, expects);
  }

  /**
   * The last answer, its body read. HTTP errors are returned, not thrown.
   *
   * @throws as {@link Transport.document} for everything else.
   */
  async respond(request: ApiRequest): Promise<Response> {
    const { call, answer } = await this.#send(request);
    const { ok, status } = answer.response;
    const bodiless = !ok || status === 204 || call.method === "HEAD";
    return readAgain(answer, bodiless ? undefined : readDocument(call, answer));
  }

  async #send(request: ApiRequest): Promise<Ending> {
    const call = this.#open(request);
    for (;;) {
      call.signal?.throwIfAborted();
      const entry = this.#throttle.enter(call.signal);
      const slot = entry instanceof Promise ? await entry : entry;
      const started = this.#clock.now();
      let outcome: Outcome | undefined;
      try {
        outcome = await this.#attempt(call);
      } finally {
        this.#leave(slot, outcome);
      }
      const verdict = this.#judge(call, outcome);
      this.#report(call, outcome, started, verdict);
      if (verdict.wait === undefined) return finish(call, outcome, verdict);
      call.waited += verdict.wait;
      if (verdict.wait > 0) await this.#clock.sleep(verdict.wait, call.signal);
    }
  }

  #open(request: ApiRequest): Call {
    checkLimits(request);
    const { baseUrl, timeout, maxRetries } = this.#settings;
    const { url, method } = request;
    if (!url.startsWith(`${baseUrl}/`)) {
      throw new TypeError(
        `baseUrl: this client is for ${baseUrl} alone; make another client for another host`,
      );
    }
    if (url.includes("{")) {
      throw new TypeError("params.path: expected the ids that the path names, and there are none");
    }
    return {
      method,
      path: url.slice(baseUrl.length).split(/[?#]/, 1)[0] ?? "",
      request,
      signal: request.signal ?? undefined,
      repeatable: request.repeatable ?? (method === "GET" || method === "HEAD"),
      timeout: request.timeout ?? timeout,
      maxRetries: request.maxRetries ?? maxRetries,
      url,
      token: undefined,
      signedAnew: false,
      attempts: 0,
      retries: 0,
      redirects: 0,
      waited: 0,
    };
  }

  async #attempt(call: Call): Promise<Outcome> {
    const token = this.#tokens.get(call.token);
    call.token = typeof token === "string" ? token : await abortable(token, call.signal);
    call.attempts++;
    const { request, signal } = call;
    const { userAgent } = this.#settings;
    const headers = {
      accept: "application/json",
      ...(userAgent !== undefined && { "user-agent": userAgent }),
      ...request.headers,
      authorization: `Bearer ${call.token}`,
    };
    const init = {
      method: call.method,
      headers,
      redirect: "manual",
      ...(request.body !== undefined && { body: request.body }),
    } as const;
    try {
      const answer = await attempt(this.#settings.fetch, call.url, init, call.timeout, signal);
      const seen = parseRateLimit(answer.response.headers.get("x-rate-limit"), this.#clock.now());
      this.#rateLimit = seen ?? this.#rateLimit;
      return { answer };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const failure = classify(error);
      if (!failure) throw error;
      return { error, failure };
    }
  }

  /** Tells the throttle how the attempt went. An hour used up is no burst: slowing down would not help. */
  #leave(slot: Slot, outcome: Outcome | undefined) {
    if (!outcome || "error" in outcome) return slot.release("unknown");
    const { response } = outcome.answer;
    if (response.status !== 429) return slot.release("accepted");
    const pause = askedWait(response, this.#clock.now());
    const tooLong = (pause ?? 0) > this.#settings.maxRetryWait;
    slot.release(tooLong || isHourUsedUp(response) ? "unknown" : "limited", pause);
  }

  #judge(call: Call, outcome: Outcome): Verdict {
    const response = "answer" in outcome ? outcome.answer.response : undefined;
    if (response?.ok) return {};
    if (response?.status === 401) return this.#renewToken(call, response);
    if (response && isRedirect(response)) return follow(call, response);
    const failure = "failure" in outcome ? outcome.failure : undefined;
    const { retries, maxRetries, repeatable, waited } = call;
    const verdict = judge({
      failure: failure ?? { kind: "status", status: response?.status ?? 0 },
      response,
      repeatable,
      retries,
      maxRetries,
      waited,
      maxRetryWait: this.#settings.maxRetryWait,
      now: this.#clock.now(),
      random: this.#clock.random(),
    });
    if (verdict.wait !== undefined) call.retries++;
    return verdict;
  }

  /** 401: once per call a new token is tried, signed by the server's clock if ours is off. Apple refuses good ones too. */
  #renewToken(call: Call, response: Response): Verdict {
    const serverTime = parseHttpDate(response.headers.get("date"));
    const renewable = this.#tokens.refused(call.token ?? "", serverTime);
    if (!renewable || call.signedAnew) return judgeRefusal(response, this.#clock.now());
    call.signedAnew = true;
    call.token = undefined;
    return { wait: 0 };
  }

  #report(call: Call, outcome: Outcome, started: number, { wait }: Verdict) {
    const { onAttempt } = this.#settings;
    if (!onAttempt) return;
    const requestId = "answer" in outcome ? requestIdOf(outcome.answer.response) : undefined;
    try {
      const told: unknown = onAttempt({
        operation: operationId(call.method, call.path),
        method: call.method,
        path: call.path,
        attempt: call.attempts,
        ...("answer" in outcome
          ? { status: outcome.answer.response.status }
          : { error: redactedLine(describe(outcome.error)) }),
        durationMs: this.#clock.now() - started,
        ...(wait !== undefined && { retryInMs: wait }),
        ...(requestId !== undefined && { requestId }),
      });
      if (told instanceof Promise) told.catch(() => {});
    } catch {
      // A broken log or metric must not break the call it observes.
    }
  }
}

/** Throws where no answer came, or one that is not the API's. */
function finish(call: Call, outcome: Outcome, verdict: Verdict): Ending {
  if ("error" in outcome) throw noAnswerError(call, outcome.error, call.timeout);
  const { answer } = outcome;
  const { response } = answer;
  if (isRedirect(response)) throw redirectError(call, response, locationOf(response, call.url));
  return { call, answer, verdict };
}

/** A redirect within the origin is followed; any other would carry the token away. */
function follow(call: Call, response: Response): Verdict {
  const target = locationOf(response, call.url);
  // fetch refuses a URL with a password in it, and says so with the whole URL.
  const stays = target?.origin === new URL(call.url).origin && !target.username && !target.password;
  if (!stays || !call.repeatable || call.redirects === MOST_REDIRECTS) return {};
  call.redirects++;
  call.url = target.href;
  return { wait: 0 };
}

function isRedirect(response: Response): boolean {
  const { status, type } = response;
  return type === "opaqueredirect" || (status >= 300 && status < 400 && status !== 304);
}

function locationOf(response: Response, url: string): URL | undefined {
  const location = response.headers.get("location");
  return location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
}

/** The response itself (a copy would cost a tenth of the call), made to give the body that was read already. */
function readAgain({ response, text }: Answer, document: unknown): Response {
  return Object.defineProperties(response, {
    json: { value: async () => document ?? JSON.parse(text) },
    text: { value: async () => text },
  });
}
