import type { Account } from "./account.js";

export function connect({ baseUrl, token }: Account) {
  const headers = { authorization: `Bearer ${token}` };
  return async (id: string): Promise<string> => {
    const response = await fetch(`${baseUrl}/v1/alternativeDistributionPackages/${id}`, { headers });
    const document = (await response.json()) as { data: { id: string } };
    return document.data.id;
  };
}
