import { routes } from "./description.js";
import type { Fault } from "./faults.js";

// A record, so that the compiler asks for every key that a fault has.
const keys: Readonly<Record<keyof Fault, true>> = {
  operation: true,
  on: true,
  path: true,
  after: true,
  times: true,
  probability: true,
  expireUrl: true,
  ignoreRange: true,
  wrongLength: true,
  status: true,
  code: true,
  body: true,
  headers: true,
  delay: true,
  reset: true,
  stall: true,
  truncate: true,
  corrupt: true,
  at: true,
};

/**
 * Looks for what a fault would silently never do: a fault that meets nothing makes a test pass for nothing.
 *
 * @throws TypeError naming the key, and the ones there are
 */
export function checkFault(fault: Fault): void {
  const unknown = Object.keys(fault).find((key) => !Object.hasOwn(keys, key));
  if (unknown !== undefined) {
    throw new TypeError(`"${unknown}" is nothing a fault has: ${Object.keys(keys).join(", ")}`);
  }
  const { operation, on, status } = fault;
  if (operation !== undefined && !routes.some(({ operationId }) => operationId === operation)) {
    throw new TypeError(
      `"operation" must be Apple's operationId as in AttemptEvent.operation, not "${operation}"`,
    );
  }
  if (on !== undefined && on !== "api" && on !== "cdn") throw new TypeError('"on" must be "api" or "cdn"');
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw new TypeError('"status" must be a whole number from 200 to 599');
  }
}
