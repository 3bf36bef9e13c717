import { AppStoreConnectClient } from "@rage-against-the-pixel/app-store-connect-api";
import type { Account } from "./account.js";

export function connect({ baseUrl, keyId, issuerId, privateKey }: Account) {
  const client = new AppStoreConnectClient({ privateKeyId: keyId, issuerId, privateKey });
  const { AlternativeDistributionPackages } = client.api;
  return async (id: string): Promise<string> => {
    // The constructor sets Apple's host; a call can name another.
    const call = { baseUrl, path: { id } };
    const { data } = await AlternativeDistributionPackages.alternativeDistributionPackagesGetInstance(call);
    if (!data) throw new Error("no package");
    return data.data.id;
  };
}
