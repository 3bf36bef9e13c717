import type { Answer } from "./answer.js";
import type { Reply, SandboxRequest } from "./reply.js";
import type { Sandbox } from "./sandbox.js";

/** Answers paths under `/sandbox/` with what the sandbox itself can do, and leaves all others to `answer`. */
export function withControl(answer: Answer, sandbox: Sandbox): Answer {
  // JSON from outside: the sandbox's methods look at it as they do at a JavaScript caller's options.
  const actions: Readonly<Record<string, (options: never) => unknown>> = {
    "POST /sandbox/appStoreVersions": sandbox.addAppStoreVersion,
    "POST /sandbox/versions": ({ id, ...assets }: { id: string }) => sandbox.publishVersion(id, assets),
    "POST /sandbox/faults": (fault) => void sandbox.faults.add(fault),
    "DELETE /sandbox/faults": () => sandbox.faults.clear(),
    "POST /sandbox/notifications": async (options) => ({ status: (await sandbox.notify(options)).status }),
    "GET /sandbox/requests": () => sandbox.requests,
  };
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/sandbox/")) return answer(request);
    const action = actions[`${request.method} ${pathname}`];
    if (!action) return json(404, { error: `There is none but ${Object.keys(actions).join(", ")}` });
    try {
      const result = await action((await optionsOf(request)) as never);
      return result === undefined ? { status: 204, headers: {}, body: "" } : json(200, result);
    } catch (error) {
      return json(400, { error: error instanceof Error ? error.message : String(error) });
    }
  };
}

async function optionsOf(request: SandboxRequest): Promise<unknown> {
  const options: unknown = JSON.parse((await request.text()) || "{}");
  if (typeof options === "object" && options !== null && !Array.isArray(options)) return options;
  throw new TypeError("The body must be a JSON object");
}

function json(status: number, value: unknown): Reply {
  const body = JSON.stringify(value);
  const length = String(Buffer.byteLength(body));
  return { status, headers: { "content-type": "application/json", "content-length": length }, body };
}
