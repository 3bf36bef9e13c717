import { contentOf, corrupted, lengthOf, part, resized } from "./content.js";
import type { ConnectionFault, Reply } from "./exchange.js";
import type { Fault } from "./faults.js";
import { CODE_OF_STATUS, Rejection, rejectionReply } from "./rejection.js";

/** The answer of a fault that replaces the real one: the request then has no effect. */
export function replacement({ status, code, body, reset }: Fault, requestId: string): Reply | undefined {
  if (status === undefined) return reset === "refused" ? { status: 503, headers: {}, body: "" } : undefined;
  if (body !== undefined || status < 400) {
    return { status, headers: { "content-type": "application/json" }, body: "" };
  }
  const known = code ?? CODE_OF_STATUS[status] ?? "UNEXPECTED_ERROR";
  return rejectionReply(new Rejection(status, known, "A fault placed in the sandbox."), requestId);
}

/** The reply with the fault's effects. It must have its length among its headers. */
export function distorted(reply: Reply, fault: Fault, on: "api" | "cdn"): Reply {
  let body = reply.body;
  if (fault.body !== undefined) {
    body = typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body);
  }
  // The CDN applies it itself, because its ranges depend on it.
  if (fault.wrongLength && on === "api") {
    const content = contentOf(body);
    body = resized(content, Math.max(0, content.size + Number(fault.wrongLength)));
  }
  if (fault.corrupt || fault.truncate) {
    const content = contentOf(body);
    const at = Math.min(fault.at ?? Math.floor(content.size / 2), content.size);
    body = fault.truncate ? part(content, 0, at) : corrupted(content, at);
  }
  const headers: Record<string, string> = { ...reply.headers };
  if (body !== reply.body) headers["content-length"] = String(lengthOf(body));
  for (const [name, value] of Object.entries(fault.headers ?? {})) {
    if (value === null) delete headers[name.toLowerCase()];
    else headers[name.toLowerCase()] = value;
  }
  const { reset, stall, at } = fault;
  const connection: ConnectionFault | undefined = (reset ?? stall) && { reset, stall, at };
  return { status: reply.status, headers, body, connection };
}
