import { isIP } from "node:net";
import { describeThrown } from "../../http/thrown.js";
import { isObject, parseJson } from "../../json.js";
import type { Reply, Respond, SandboxRequest } from "../exchange.js";
import { Rejection } from "../rejection.js";
import type { Sandbox } from "../sandbox.js";
import { DEFAULT_HOST } from "./server.js";

/** Takes the options in a request's body. */
type Action = (options: never) => unknown;

/** Methods of the sandbox under `/sandbox/`, for programs in other languages. All other paths go to `respond`. */
export function withControl(respond: Respond, sandbox: Sandbox, host = DEFAULT_HOST): Respond {
  const actions: Readonly<Record<string, Action>> = {
    "POST /sandbox/appStoreVersions": sandbox.addAppStoreVersion,
    "POST /sandbox/apps": sandbox.addApp,
    "POST /sandbox/versions": ({ id, ...assets }: { id: string }) => sandbox.publishVersion(id, assets),
    "POST /sandbox/faults": (fault) => void sandbox.faults.add(fault),
    "DELETE /sandbox/faults": () => sandbox.faults.clear(),
    "POST /sandbox/notifications": async (options) => ({ status: (await sandbox.notify(options)).status }),
    "POST /sandbox/deliveries": sandbox.deliver,
    "GET /sandbox/requests": () => sandbox.requests,
  };
  const isOwn = ownHosts(host);

  return async (request) => {
    const url = new URL(request.url);
    if (!url.pathname.startsWith("/sandbox/")) return respond(request);
    try {
      checkSender(request, url, isOwn);
      const action = actions[`${request.method} ${url.pathname}`];
      if (!action) throw new Rejection(404, "PATH_ERROR", `There is only ${Object.keys(actions).join(", ")}`);
      // The sandbox's methods check their options, so any JSON can be passed on.
      const result = await action((await optionsOf(request)) as never);
      return result === undefined ? { status: 204, headers: {}, body: "" } : json(200, result);
    } catch (error) {
      const status = error instanceof Rejection ? error.status : 400;
      return json(status, { error: describeThrown(error) });
    }
  };
}

/**
 * A web page of another origin must not control the sandbox, neither by a cross-origin request nor through a DNS name
 * of its own that resolves to this machine (DNS rebinding).
 */
function checkSender({ headers }: SandboxRequest, url: URL, isOwn: (hostname: string) => boolean): void {
  const forbid = (detail: string) => new Rejection(403, "FORBIDDEN_ERROR", detail);
  if (!isOwn(url.hostname)) throw forbid(`Host: ${url.hostname} is not a name of this server`);
  const origin = headers.get("origin");
  if (origin !== null && origin !== url.origin) throw forbid(`Origin: expected ${url.origin}, got ${origin}`);
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") {
    throw forbid(`Sec-Fetch-Site: expected same-origin or none, got ${site}`);
  }
}

/** Which hostnames name a server that listens on `host`. */
function ownHosts(host: string): (hostname: string) => boolean {
  const { hostname } = new URL(`http://${isIP(host) === 6 ? `[${host}]` : host}`);
  if (hostname === "0.0.0.0" || hostname === "[::]") {
    // All addresses of the machine. In an attack by DNS rebinding, the host is a name and never an address.
    return (asked) => asked === "localhost" || isIP(asked.replace(/^\[|\]$/g, "")) !== 0;
  }
  const loopback = ["localhost", "127.0.0.1", "[::1]"];
  const names = new Set(loopback.includes(hostname) ? loopback : [hostname]);
  return (asked) => names.has(asked);
}

async function optionsOf(request: SandboxRequest): Promise<object> {
  if (request.method !== "POST") return {};
  // Any content type, so that plain `curl -d` works: a browser sends Origin with every POST to another origin.
  const options = parseJson((await request.text()) || "{}");
  if (isObject(options)) return options;
  throw new TypeError("The body must be a JSON object");
}

function json(status: number, value: unknown): Reply {
  const body = JSON.stringify(value);
  const length = String(Buffer.byteLength(body));
  return { status, headers: { "content-type": "application/json", "content-length": length }, body };
}
