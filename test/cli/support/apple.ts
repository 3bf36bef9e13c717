import { createSandbox } from "../../../src/sandbox/index.js";
import { type Seen, serve } from "../../support/server.js";

/** What a path answers: `data` and `included` of a document, or a whole answer with a status. */
export type Answer =
  | { readonly data: unknown; readonly included?: unknown }
  | { readonly status: number; readonly body?: unknown };

/**
 * An API that answers these calls (`GET /v1/apps`, without query) with these documents and everything else with 404; and
 * the variables that connect the command to it.
 */
export async function fakeApple(
  answers: Readonly<Record<string, Answer>>,
): Promise<{ env: Record<string, string>; seen: Seen[] }> {
  const { url, seen } = await serve((request, response) => {
    const answer = answers[`${request.method} ${request.url?.split("?")[0]}`] ?? {
      status: 404,
      body: { errors: [{ code: "NOT_FOUND", title: "There is none" }] },
    };
    const status = "status" in answer ? answer.status : 200;
    const body = "status" in answer ? answer.body : { ...answer, links: { self: "" } };
    const headers = {
      "content-type": "application/json",
      "x-rate-limit": "user-hour-lim:3500;user-hour-rem:3400;",
    };
    response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(body));
  });
  const { keyId, issuerId, privateKey } = createSandbox({ seed: 1 }).credentials;
  const prefix = "APP_STORE_CONNECT_API_KEY_";
  return {
    seen,
    env: {
      ADP_BASE_URL: url,
      [`${prefix}KEY_ID`]: keyId,
      [`${prefix}ISSUER_ID`]: issuerId,
      [`${prefix}KEY`]: privateKey,
    },
  };
}
