import { createHmac } from "node:crypto";
import { describeThrown } from "../http/thrown.js";

export interface SentNotification {
  readonly url: string;
  readonly secret: string;
  readonly body: string;
}

/** How a receiver answered, or why there is no answer. */
interface SendResult {
  readonly response?: { readonly httpStatusCode: number; readonly body: string } | undefined;
  readonly errorMessage?: string | undefined;
}

/** Posts a notification. Never rejects. */
export type Send = (notification: SentNotification) => Promise<SendResult>;

/** Ms that a receiver has for its answer. */
const TIMEOUT = 10_000;
/** Characters of a receiver's answer that are kept. */
const MAX_BODY = 1_000;

/** The request of a notification as Apple posts it, signed with the secret. */
export function notificationRequest({ url, secret, body }: SentNotification): Request {
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  return new Request(url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-apple-signature": `hmacsha256=${signature}` },
    body,
  });
}

/** @param receive gets the request in place of the receiver; the network without it */
export function createSend(receive: ((request: Request) => Promise<Response>) | undefined): Send {
  return async (notification) => {
    try {
      const request = notificationRequest(notification);
      const answer = receive
        ? await receive(request)
        : await fetch(request, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
      const body = (await answer.text()).slice(0, MAX_BODY);
      return { response: { httpStatusCode: answer.status, body } };
    } catch (error) {
      return { errorMessage: describeThrown(error) };
    }
  };
}
