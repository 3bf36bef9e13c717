import type { Account } from "./account.js";

export function connect({ baseUrl, token }: Account) {
  const headers = { authorization: `Bearer ${token}` };
  return async (id: string): Promise<string> => {
    const url = `${baseUrl}/v1/alternativeDistributionPackages/${id}`;
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
    const document = (await response.json()) as { data: { id: string } };
    return document.data.id;
  };
}
