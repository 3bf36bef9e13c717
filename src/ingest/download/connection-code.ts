import { isObject } from "../../json.js";

/**
 * What broke a connection: the error's code, or its name. The messages of other libraries may contain the signed URL.
 */
export function connectionCode(error: unknown): string {
  // By their properties: where tests run in a realm of their own (jest), fetch's errors are not instances of its Error.
  for (let at = error; isObject(at); at = at.cause) {
    if (typeof at.code === "string" && /^[A-Z0-9_]{1,40}$/.test(at.code)) return at.code;
  }
  const name = isObject(error) && typeof error.name === "string" ? error.name : "";
  return /^\w{1,40}$/.test(name) ? name : "no reason given";
}
