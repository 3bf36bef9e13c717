import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Fault, Sandbox } from "../../src/sandbox/index.js";
import { API, setUp } from "./support.js";

/** A path to ask for. */
export const DOMAINS = "/v1/alternativeDistributionDomains";

/** The sandbox's own fetch, or its server through Node's fetch. */
export type Way = "fetch" | "server";

/** A sandbox with a published version and a fault, to be asked either way. */
export async function ask(way: Way, fault: Fault = {}) {
  const { sandbox, token } = await setUp();
  const { id } = sandbox.addAppStoreVersion({ assetBytes: 100_000 });
  const published = sandbox.publishVersion(id);
  const server = way === "server" ? await sandbox.listen() : undefined;
  onTestFinished(() => server?.close());
  const fetch = server ? globalThis.fetch : sandbox.fetch;
  const origin = server?.url ?? API;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const api = (path: string, init: RequestInit = {}) => fetch(origin + path, { headers, ...init });
  const read = await api(`/v1/alternativeDistributionPackageVariants/${published.variantIds[0]}`);
  const { data } = (await read.json()) as { data: { attributes: { url: string; fileChecksum: string } } };
  const cdn = (init: RequestInit = {}) => fetch(data.attributes.url, init);
  const placed = sandbox.faults.add(fault);
  return { sandbox, server, api, cdn, placed, ...published, checksum: data.attributes.fileChecksum };
}

/** Resolves once the sandbox has received this many requests. */
export async function received(sandbox: Sandbox, count: number): Promise<void> {
  while (sandbox.requests.length < count) await setImmediate();
}

/** Whether a promise is still pending after all that is going on had its turn. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  const settled = promise.catch(() => {});
  for (let turn = 0; turn < 20; turn++) {
    if ((await Promise.race([settled, setImmediate(pending)])) !== pending) return false;
  }
  return true;
}

export const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The code of the error that made fetch fail. */
export const causeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: { cause?: { code?: string } }) => error.cause?.code,
  );
