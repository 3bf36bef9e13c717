import { createClient } from "app-store-alternative-distribution";
import type { Account } from "./account.js";

export function connect({ baseUrl, keyId, issuerId, privateKey }: Account) {
  const client = createClient({ baseUrl, keyId, issuerId, privateKey });
  return async (id: string): Promise<string> => {
    const { data } = await client.packages.get(id);
    return data.id;
  };
}
