import { createApi } from "../../../src/api.js";
import type { Account } from "../../comparators/programs/account.js";

/** This package's typed layer straight on fetch, with a time-out but without the transport: what it costs is the rest. */
export function connect({ baseUrl, token }: Account) {
  const headers = { authorization: `Bearer ${token}` };
  const api = createApi(baseUrl, {
    send: ({ url, method }) => fetch(url, { method, headers, signal: AbortSignal.timeout(30_000) }),
  });
  return async (id: string): Promise<string> => {
    const { data } = await api.request("get", "/v1/alternativeDistributionPackages/{id}", {
      params: { path: { id } },
    });
    if (!data) throw new Error("no package");
    return data.data.id;
  };
}
