import type {
  $Command,
  S3Client,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from "@aws-sdk/client-s3";
import type { Clock } from "../../clock.js";
import { mayPass, readProblem, type S3Problem, type S3RequestName, storeError } from "./explain.js";

/** What {@link S3Requests} needs. */
interface S3RequestsOptions {
  /** The user's own client. */
  readonly client: S3Client;
  readonly bucket: string;
  readonly clock: Clock;
  /** Ends all requests. */
  readonly signal?: AbortSignal | undefined;
}

/** A command of the SDK. */
export type S3Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

interface AttemptOptions<Output> {
  /** Whether a problem is not worth another attempt, although it may pass. */
  readonly isFinal?: ((problem: S3Problem) => boolean) | undefined;
  /** Finds a problem in an answer whose status is fine. */
  readonly problemIn?: ((output: Output) => S3Problem | undefined) | undefined;
}

// The longest waits in ms before further attempts. By then, the SDK has made three attempts within a second.
const RETRY_DELAYS = [1000, 2000, 4000, 8000];

/**
 * Sends requests to one bucket. One that fails in a way that may pass (SlowDown, 5xx, no connection) is sent again, after
 * the client's own attempts. What is thrown is an IngestError with reason `store`, or the signal's reason.
 */
export class S3Requests {
  readonly bucket: string;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly #client: S3Client;

  constructor({ client, bucket, clock, signal }: S3RequestsOptions) {
    this.#client = client;
    this.bucket = bucket;
    this.clock = clock;
    this.signal = signal;
  }

  /** Ms since 1970 by the store's clock. The SDK takes its difference to this machine's clock from each answer. */
  get storeTime(): number {
    return this.clock.now() + this.#client.config.systemClockOffset;
  }

  /**
   * Sends a request.
   *
   * @param problemIn finds a problem in an answer whose status is fine
   * @throws IngestError with reason `store`
   */
  async send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    request: S3RequestName,
    key: string,
    command: S3Command<Input, Output>,
    problemIn?: (output: Output) => S3Problem | undefined,
  ): Promise<Output> {
    const result = await this.#attempt(command, { problemIn });
    if ("value" in result) return result.value;
    throw storeError(request, result.problem, `s3://${this.bucket}/${result.problem.key ?? key}`);
  }

  /**
   * Sends a request that may be refused for a reason that the caller expects.
   *
   * @returns undefined if it is refused so
   * @throws IngestError with reason `store` for any other problem
   */
  async trySend<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    request: S3RequestName,
    key: string,
    isExpected: (problem: S3Problem) => boolean,
    command: S3Command<Input, Output>,
  ): Promise<Output | undefined> {
    const result = await this.#attempt(command, { isFinal: isExpected });
    if ("value" in result) return result.value;
    if (isExpected(result.problem)) return undefined;
    throw storeError(request, result.problem, `s3://${this.bucket}/${key}`);
  }

  async #attempt<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: S3Command<Input, Output>,
    { isFinal, problemIn }: AttemptOptions<Output>,
  ): Promise<{ readonly value: Output } | { readonly problem: S3Problem }> {
    const { signal, clock } = this;
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      let problem: S3Problem | undefined;
      try {
        const value = await this.#client.send(command, signal ? { abortSignal: signal } : {});
        problem = problemIn?.(value);
        if (!problem) return { value };
      } catch (error) {
        signal?.throwIfAborted();
        problem = readProblem(error);
      }
      const delay = RETRY_DELAYS[attempt];
      if (delay === undefined || isFinal?.(problem) || !mayPass(problem)) return { problem };
      await clock.sleep(delay * (0.5 + clock.random() / 2), signal);
    }
  }
}
