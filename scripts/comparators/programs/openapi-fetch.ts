import type { paths } from "app-store-alternative-distribution/paths";
import { importPKCS8, SignJWT } from "jose";
import createClient from "openapi-fetch";
import type { Account } from "./account.js";

export async function connect({ baseUrl, keyId, issuerId, privateKey }: Account) {
  const token = await new SignJWT({ iss: issuerId, aud: "appstoreconnect-v1" })
    .setProtectedHeader({ alg: "ES256", kid: keyId, typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime("19m")
    .sign(await importPKCS8(privateKey, "ES256"));
  const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });
  return async (id: string): Promise<string> => {
    const { data } = await client.GET("/v1/alternativeDistributionPackages/{id}", {
      params: { path: { id } },
    });
    if (!data) throw new Error("no package");
    return data.data.id;
  };
}
