import { systemClock } from "../../../src/clock.js";
import { Caller } from "../../../src/resources/call.js";
import { Packages } from "../../../src/resources/packages.js";
import type { Account } from "../../comparators/programs/account.js";

/**
 * This package's typed layer directly on fetch, with a time-out but without the transport. The difference to the whole
 * package is the cost of the transport.
 */
export function connect({ baseUrl, token }: Account) {
  const headers = { authorization: `Bearer ${token}` };
  const caller = new Caller(baseUrl, {
    async document({ url, method }) {
      const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(30_000) });
      return await response.json();
    },
  });
  const packages = new Packages(caller, systemClock);
  return async (id: string): Promise<string> => (await packages.get(id)).data.id;
}
