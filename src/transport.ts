import { abortable } from "./abortable.js";
import { type Answer, attempt } from "./attempt.js";
import type { TokenSource } from "./auth.js";
import {
  answerError,
  type Expected,
  noAnswerError,
  readDocument,
  redirectError,
  requestIdOf,
} from "./call-errors.js";
import type { Clock } from "./clock.js";
import { classify, describe } from "./failure.js";
import { operationId } from "./operation.js";
import { type CallOptions, checkLimits, type Settings } from "./options.js";
import { parseRateLimit, type RateLimit } from "./rate-limit.js";
import { excerpt } from "./redact.js";
import { backoff, type Failure, parseHttpDate, parseRetryAfter, shouldRetry } from "./retry.js";
import { type Slot, Throttle } from "./throttle.js";

/** What a request may say beyond the web's `RequestInit`. */
export type RequestDemands = Pick<CallOptions, "timeout" | "maxRetries"> & {
  /** Give a document with this in `data`, or throw: HTTP errors too are then thrown, not returned. */
  readonly expects?: Expected | undefined;
  /** The server may get this twice, although it is no GET. */
  readonly repeatable?: boolean | undefined;
};

/** A request as openapi-fetch builds it; light, since building a web `Request` takes a good part of a call's time. */
export interface ApiRequest extends RequestDemands {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | null | undefined;
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

/** How an attempt ended. */
type Outcome = { readonly answer: Answer } | { readonly error: unknown; readonly failure: Failure };

/** What follows from it: wait (ms) and try again, or give up, knowing perhaps when (s) it could work. */
interface Verdict {
  readonly wait?: number;
  readonly retryAfter?: number | undefined;
  readonly hint?: string | undefined;
}

const HOUR = 3_600_000;
const MOST_REDIRECTS = 5;
// Below this a clock is not worth a word in an error message.
const CLOCK_IS_OFF = 60_000;

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
   * The whole call. Resolves with the last answer, its body read.
   *
   * @throws AppStoreConnectError, the caller's abort reason, or a programming error of the caller's `fetch`.
   */
  async send(request: ApiRequest): Promise<Response> {
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
      if (verdict.wait === undefined) return this.#finish(call, outcome, verdict);
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
    const headers: Record<string, string> = { accept: "application/json" };
    if (this.#settings.userAgent !== undefined) headers["user-agent"] = this.#settings.userAgent;
    request.headers.forEach((value, name) => {
      headers[name] = value;
    });
    headers.authorization = `Bearer ${call.token}`;
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
    const pause = this.#retryAfter(response);
    const tooLong = (pause ?? 0) > this.#settings.maxRetryWait;
    slot.release(tooLong || this.#hourUsedUp(response) ? "unknown" : "limited", pause);
  }

  #judge(call: Call, outcome: Outcome): Verdict {
    const response = "answer" in outcome ? outcome.answer.response : undefined;
    if (response?.ok) return {};
    if (response?.status === 401) return this.#judgeRefusal(call, response);
    if (response && isRedirect(response)) {
      const target = locationOf(response, call.url);
      const follow = call.repeatable && target?.origin === new URL(call.url).origin;
      if (!follow || call.redirects === MOST_REDIRECTS) return {};
      call.redirects++;
      call.url = target.href;
      return { wait: 0 };
    }
    const failure = "failure" in outcome ? outcome.failure : undefined;
    return this.#judgeFailure(call, response, failure);
  }

  /** 401: once per call, a token signed anew (by the server's clock, if ours is off) is tried. */
  #judgeRefusal(call: Call, response: Response): Verdict {
    const serverTime = parseHttpDate(response.headers.get("date"));
    const anotherToken = this.#tokens.refused(call.token ?? "", serverTime);
    if (anotherToken && !call.signedAnew) {
      call.signedAnew = true;
      call.token = undefined;
      return { wait: 0 };
    }
    const ahead = serverTime === undefined ? 0 : this.#clock.now() - serverTime;
    const clock =
      Math.abs(ahead) < CLOCK_IS_OFF
        ? "the clock"
        : `the clock (it is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? "ahead of" : "behind"} the server's)`;
    return {
      hint: `check that the key is active, keyId and issuerId (none for an individual key), and ${clock}`,
    };
  }

  #judgeFailure(call: Call, response: Response | undefined, failure: Failure | undefined): Verdict {
    const hourUsedUp = response?.status === 429 && this.#hourUsedUp(response);
    const asked = (response && this.#retryAfter(response)) ?? (hourUsedUp ? HOUR : undefined);
    const retryAfter = asked === undefined ? undefined : Math.ceil(asked / 1000);
    const hint = hourUsedUp
      ? `the hour's requests are used up, try again in ${retryAfter} s`
      : retryAfter && `try again in ${retryAfter} s`;
    const last: Verdict = { retryAfter, hint: hint || undefined };
    const again = shouldRetry(failure ?? { kind: "status", status: response?.status ?? 0 }, call.repeatable);
    if (!again || call.retries >= call.maxRetries) return last;
    const wait = asked ?? backoff(call.retries + 1, this.#clock.random());
    if (call.waited + wait > this.#settings.maxRetryWait)
      return { ...last, retryAfter: Math.ceil(wait / 1000) };
    call.retries++;
    return { wait };
  }

  #retryAfter(response: Response): number | undefined {
    const now = parseHttpDate(response.headers.get("date")) ?? this.#clock.now();
    return parseRetryAfter(response.headers.get("retry-after"), now);
  }

  #hourUsedUp(response: Response): boolean {
    return parseRateLimit(response.headers.get("x-rate-limit"), 0)?.remaining === 0;
  }

  #report(call: Call, outcome: Outcome, started: number, { wait }: Verdict) {
    const { onAttempt } = this.#settings;
    if (!onAttempt) return;
    const requestId = "answer" in outcome ? requestIdOf(outcome.answer.response) : undefined;
    try {
      onAttempt({
        operation: operationId(call.method, call.path),
        method: call.method,
        path: call.path,
        attempt: call.attempts,
        ...("answer" in outcome
          ? { status: outcome.answer.response.status }
          : { error: excerpt(describe(outcome.error)) }),
        durationMs: this.#clock.now() - started,
        ...(wait !== undefined && { retryInMs: wait }),
        ...(requestId !== undefined && { requestId }),
      });
    } catch {
      // A broken log or metric must not break the call it observes.
    }
  }

  /** The one place that decides what is success. */
  #finish(call: Call, outcome: Outcome, verdict: Verdict): Response {
    if ("error" in outcome) throw noAnswerError(call, outcome.error, call.timeout);
    const { answer } = outcome;
    const { response } = answer;
    const { expects } = call.request;
    if (response.ok) {
      const bodiless = response.status === 204 || call.method === "HEAD";
      return readAgain(answer, bodiless && !expects ? undefined : readDocument(call, answer, expects));
    }
    if (isRedirect(response)) throw redirectError(call, response, locationOf(response, call.url));
    if (expects) throw answerError(call, answer, verdict);
    return readAgain(answer, undefined);
  }
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
