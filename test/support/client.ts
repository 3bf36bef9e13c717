import { type Client, connect } from "../../src/client.js";
import type { AttemptInit } from "../../src/http/attempt.js";
import type { ConnectionOptions } from "../../src/options.js";
import { VirtualClock } from "./virtual-clock.js";

/** A request as a client's `fetch` got it. */
export interface Sent {
  readonly url: string;
  readonly init: AttemptInit;
}

/** Answers the n-th request (from 0). */
export type Reply = (sent: Sent, n: number) => Response | Promise<Response>;

/** A client over a handler, on a clock of its own; `sent` lists what it sent. */
export function clientOver(
  reply: Reply,
  options: ConnectionOptions & { token?: string | (() => string | Promise<string>) } = {},
): { client: Client; sent: Sent[]; clock: VirtualClock } {
  const sent: Sent[] = [];
  const clock = new VirtualClock();
  const fetch = async (url: string, init: AttemptInit) => reply({ url, init }, sent.push({ url, init }) - 1);
  const client = connect({ token: "test-token", fetch, ...options }, clock);
  return { client, sent, clock };
}

/** The error a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
