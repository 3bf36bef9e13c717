import { isObject } from "../../json.js";

// Where undici, which is Node's fetch too, keeps what sends its requests.
const GLOBAL_DISPATCHER = Symbol.for("undici.globalDispatcher.1");

/**
 * Whether the program has told the global fetch not to send its requests directly, but through a proxy or interceptors
 * of undici. The default is no dispatcher, or an `Agent` that was not changed.
 */
function hasOwnDispatcher(): boolean {
  const dispatcher: unknown = Reflect.get(globalThis, GLOBAL_DISPATCHER);
  if (!isObject(dispatcher)) return false;
  const type: unknown = dispatcher.constructor;
  if (typeof type !== "function" || type.name !== "Agent") return true;
  // An agent with interceptors has its class, but another method.
  return dispatcher.dispatch !== Reflect.get(type.prototype, "dispatch");
}

/** Whether Node was told to use the proxies in HTTP_PROXY and HTTPS_PROXY, and can do that: Node 24 and later. */
function usesProxyFromEnvironment(): boolean {
  if (!process.allowedNodeEnvironmentFlags?.has("--use-env-proxy")) return false;
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)];
  return process.env.NODE_USE_ENV_PROXY === "1" || flags.includes("--use-env-proxy");
}

/** Whether only the global fetch sends requests as this process was told to, for example through a proxy. */
export function needsGlobalFetch(): boolean {
  return hasOwnDispatcher() || usesProxyFromEnvironment();
}
