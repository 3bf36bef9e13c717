import { alternativeDistributionPackagesGetInstance, createClient } from "appstore-connect-sdk";
import type { Account } from "./account.js";

export function connect({ baseUrl, keyId, issuerId, privateKey }: Account) {
  const client = createClient({ baseUrl, privateKeyId: keyId, issuerId, privateKey });
  return async (id: string): Promise<string> => {
    const { data } = await alternativeDistributionPackagesGetInstance({ client, path: { id } });
    if (!data) throw new Error("no package");
    return data.data.id;
  };
}
