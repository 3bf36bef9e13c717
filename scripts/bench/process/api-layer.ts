import { createApi } from "../../../src/http/api.js";
import { Operations } from "../../../src/resources/operations.js";
import type { Account } from "../../comparators/programs/account.js";

/** This package's typed layer on fetch with a time-out, without the transport: what it costs is the rest. */
export function connect({ baseUrl, token }: Account) {
  const headers = { authorization: `Bearer ${token}` };
  const call = { operation: undefined, method: "GET", path: "/", attempts: 1 };
  const transport = {
    async send({ url, method }: { readonly url: string; readonly method: string }) {
      const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(30_000) });
      return { call, advice: {}, response, text: await response.text() };
    },
  };
  const operations = new Operations(createApi(baseUrl, transport), transport);
  return async (id: string): Promise<string> =>
    (await operations.call("alternativeDistributionPackages_getInstance", { id })).data.id;
}
