// @ts-expect-error: has no types
import { api } from "node-app-store-connect-api";
import type { Account } from "./account.js";

export async function connect({ baseUrl, keyId, issuerId, privateKey }: Account) {
  const { read } = await api({ urlBase: baseUrl, apiKey: keyId, issuerId, privateKey });
  return async (id: string): Promise<string> => {
    const { data } = await read(`alternativeDistributionPackages/${id}`);
    return data.id;
  };
}
