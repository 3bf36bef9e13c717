import type { TokenSource } from "../auth.js";
import { checkSignal, optionError } from "../checks.js";
import type { Clock } from "../clock.js";
import { TimeoutError } from "../errors.js";
import { type CallOptions, checkLimits, type Settings } from "../options.js";
import { redactedLine } from "../redact.js";
import { type Answer, attempt, TIMED_OUT, within } from "./attempt.js";
import {
  type CallFacts,
  callError,
  noResponseError,
  queueError,
  redirectError,
  requestIdOf,
  sizeError,
} from "./call-errors.js";
import { type Advice, type Decision, decide, type Failure, isRedirect } from "./decide.js";
import { parseHttpDate, parseRateLimit, type RateLimit } from "./headers.js";
import { type QueueError, type Slot, Throttle } from "./throttle.js";
import { describeThrown, failureOf, safeToThrow } from "./thrown.js";
import { type OperationId, operationAt } from "./url.js";

/** A request without what the transport adds. */
export interface ApiRequest extends Pick<CallOptions, "timeout" | "maxRetries"> {
  /** Found by method and path where it is left out, as in calls through `client.api`. */
  readonly operation?: OperationId | undefined;
  readonly url: string;
  /** Upper case. */
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | null | undefined;
  /** Sending this twice does no harm. Default: true for GET. */
  readonly repeatable?: boolean | undefined;
}

/** How a call ended: with a response that has any status but a redirect. */
export interface CallResult {
  readonly response: Response;
  /** Its body. */
  readonly text: string;
  readonly call: CallFacts;
  readonly advice: Advice;
}

/** A call while it runs. */
interface Call extends CallFacts {
  readonly request: ApiRequest;
  readonly signal: AbortSignal | undefined;
  readonly repeatable: boolean;
  readonly timeout: number;
  readonly maxRetries: number;
  /** By `clock.elapsed()`. */
  readonly started: number;
  url: string;
  token: string | undefined;
  tokenRenewals: number;
  attempts: number;
  retries: number;
  redirects: number;
  /** Ms waited between attempts. */
  waited: number;
}

/** How an attempt ended: with a response, or with what `fetch` threw. */
interface Outcome extends Partial<Answer> {
  readonly error?: unknown;
  readonly failure?: Failure;
}

/** Sends requests to one origin, with tokens, time-outs and retries, and no faster than the server allows. */
export class Transport {
  readonly #settings: Settings;
  readonly #tokens: TokenSource;
  readonly #clock: Clock;
  readonly #throttle: Throttle;
  #rateLimit: RateLimit | undefined;
  #tokenWorked = false;

  constructor(settings: Settings, tokens: TokenSource, clock: Clock) {
    this.#settings = settings;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#throttle = new Throttle(clock, settings.maxRetryWait);
  }

  get rateLimit(): RateLimit | undefined {
    return this.#rateLimit;
  }

  /**
   * Sends a request, retries it where {@link decide} says so, and returns the last response. HTTP errors are returned,
   * not thrown.
   *
   * @throws ConnectionError or TimeoutError if no response came, AppStoreConnectError for a redirect that is not
   *   followed, the caller's abort reason, or a programming error of the caller's `fetch`.
   */
  async send(request: ApiRequest): Promise<CallResult> {
    const call = this.#open(request);
    for (;;) {
      call.signal?.throwIfAborted();
      const slot = await this.#enter(call);
      const started = this.#clock.elapsed();
      let outcome: Outcome | undefined;
      try {
        outcome = await this.#attempt(call);
      } finally {
        slot.release(outcome?.response);
      }
      const decision = this.#decide(call, outcome);
      if (this.#settings.onAttempt) void this.#report(call, outcome, started, decision);
      if (decision.kind === "end") return finish(call, outcome, decision);
      if (decision.kind === "redirect") {
        call.redirects++;
        call.url = decision.url;
        continue;
      }
      if (decision.kind === "retry") call.retries++;
      else {
        call.tokenRenewals++;
        call.token = undefined;
      }
      call.waited += decision.afterMs;
      if (decision.afterMs > 0) await this.#clock.sleep(decision.afterMs, call.signal);
    }
  }

  #open(request: ApiRequest): Call {
    checkLimits(request);
    const { signal } = request;
    checkSignal(signal);
    const { baseUrl, timeout, maxRetries } = this.#settings;
    const { url, method } = request;
    if (!url.startsWith(`${baseUrl}/`)) {
      throw new TypeError(`baseUrl: this client is for ${baseUrl} alone`);
    }
    const path = url.slice(baseUrl.length).split(/[?#]/, 1)[0] ?? "";
    if (path.includes("{")) {
      throw optionError("params.path", "the id that the path needs", "none");
    }
    return {
      operation: request.operation ?? operationAt(method, path),
      method,
      path,
      request,
      signal: signal ?? undefined,
      repeatable: request.repeatable ?? method === "GET",
      timeout: request.timeout ?? timeout,
      maxRetries: request.maxRetries ?? maxRetries,
      started: this.#clock.elapsed(),
      url,
      token: undefined,
      tokenRenewals: 0,
      attempts: 0,
      retries: 0,
      redirects: 0,
      waited: 0,
    };
  }

  async #attempt(call: Call): Promise<Outcome> {
    const { request, signal } = call;
    const token = this.#tokens.get(call.token);
    call.token = typeof token === "string" ? token : await within(token, call).catch(tokenFailed(call));
    call.attempts++;
    const { userAgent, fetch } = this.#settings;
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
      const answer = await attempt(fetch, call.url, init, call);
      const seen = parseRateLimit(answer.response.headers.get("x-rate-limit"), this.#clock.now());
      this.#rateLimit = seen ?? this.#rateLimit;
      if (answer.response.ok) this.#tokenWorked = true;
      return answer;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const failure = failureOf(error);
      if (!failure) throw safeToThrow(error, call.token);
      return { error, failure };
    }
  }

  #enter(call: Call): Slot | Promise<Slot> {
    const entered = this.#throttle.enter(call.started, call.signal);
    if ("release" in entered) return entered;
    return entered.catch((error: unknown) => {
      if (call.signal?.aborted) throw error;
      // The throttle rejects with nothing else.
      throw queueError(call, error as QueueError, this.#settings.maxRetryWait);
    });
  }

  #decide(call: Call, outcome: Outcome): Decision {
    const { response, text, failure } = outcome;
    if (response && (response.ok || text === undefined)) return { kind: "end" };
    // Also where this call gives up: the next one must not use the token again.
    const tokenRenewable =
      response?.status === 401 &&
      this.#tokens.refused(call.token ?? "", parseHttpDate(response.headers.get("date")));
    return decide({
      ...call,
      response,
      failure,
      tokenRenewable,
      tokenWorked: this.#tokenWorked,
      maxRetryWait: this.#settings.maxRetryWait,
      now: this.#clock.now(),
      random: this.#clock.random(),
    });
  }

  async #report(call: Call, { response, error, failure }: Outcome, started: number, decision: Decision) {
    try {
      // It may be an async function, although its type says that nothing is awaited.
      await this.#settings.onAttempt?.({
        operation: call.operation,
        method: call.method,
        path: call.path,
        attempt: call.attempts,
        status: response?.status,
        error: failure && redactedLine(describeThrown(error), 300, call.token),
        durationMs: Math.round(this.#clock.elapsed() - started),
        retryInMs: retryInMs(decision),
        requestId: response && requestIdOf(response),
      });
    } catch {
      // An error in the caller's logging must not fail the call.
    }
  }
}

/** A caller's token function may never settle: it gets as much time as an attempt. */
function tokenFailed(call: Call) {
  return (error: unknown) => {
    if (error !== TIMED_OUT) throw error;
    throw callError(TimeoutError, call, `the token function gave no token within ${call.timeout} ms`);
  };
}

function retryInMs(decision: Decision): number | undefined {
  if (decision.kind === "redirect") return 0;
  return "afterMs" in decision ? decision.afterMs : undefined;
}

/** @throws AppStoreConnectError where no response came, or one that cannot be given to the caller. */
function finish(call: Call, { response, text, error }: Outcome, advice: Advice): CallResult {
  if (!response) throw noResponseError(call, error, call.timeout);
  if (text === undefined) throw sizeError(call, response);
  if (isRedirect(response)) throw redirectError(call, response, call.url);
  return { call, advice, response, text };
}
