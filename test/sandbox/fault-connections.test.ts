import { describe, expect, test } from "vitest";
import { ask, causeOf, DOMAINS, isPending, received } from "./fault-support.js";
import { packageFor } from "./support.js";

describe.each(["fetch", "server"] as const)("what a fault does to the connection, by %s", (way) => {
  test("reset before headers: the answer is lost, the request took effect", async () => {
    const { sandbox, api } = await ask(way, { reset: "before-headers", times: 1 });
    const { id } = sandbox.addAppStoreVersion();
    const body = JSON.stringify(packageFor(id));
    const create = () => api("/v1/alternativeDistributionPackages", { method: "POST", body });
    expect(await causeOf(create())).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    expect(sandbox.requests.at(-1)?.status).toBeUndefined();
    expect((await create()).status).toBe(409);
  });

  test("reset refused: the request has no effect", async () => {
    const { sandbox, api } = await ask(way, { reset: "refused", times: 1 });
    const { id } = sandbox.addAppStoreVersion();
    const body = JSON.stringify(packageFor(id));
    const create = () => api("/v1/alternativeDistributionPackages", { method: "POST", body });
    expect(await causeOf(create())).toMatch(way === "fetch" ? /^ECONNREFUSED$/ : /ECONNRESET|UND_ERR_SOCKET/);
    expect((await create()).status).toBe(201);
  });

  test.each([
    ["api", undefined],
    ["cdn", 40_000],
  ] as const)("reset in the middle of the body, from the %s", async (on, at) => {
    const { api, cdn } = await ask(way, { on, reset: "mid-body", ...(at && { at }) });
    const response = await (on === "api" ? api(DOMAINS) : cdn());
    expect(response.status).toBe(200);
    let read = 0;
    const readAll = async () => {
      for await (const piece of response.body ?? []) read += piece.length;
    };
    await expect(readAll()).rejects.toThrow(TypeError);
    const length = Number(response.headers.get("content-length"));
    expect(read).toBe(at ?? Math.floor(length / 2));
  });

  test("stalled headers: nothing is sent until the caller aborts, and the error is its reason", async () => {
    const { sandbox, api } = await ask(way, { stall: "headers" });
    const controller = new AbortController();
    const answer = api(DOMAINS, { signal: controller.signal });
    await received(sandbox, 2);
    expect(await isPending(answer)).toBe(true);
    controller.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
  });

  test("a stalled body stops at the given byte", async () => {
    const { cdn } = await ask(way, { on: "cdn", stall: "body", at: 70_000 });
    const controller = new AbortController();
    const response = await cdn({ signal: controller.signal });
    expect(response.headers.get("content-length")).toBe("100000");
    const reader = response.body?.getReader();
    let read = 0;
    while (read < 70_000) read += (await reader?.read())?.value?.length ?? 0;
    expect(read).toBe(70_000);
    const rest = reader?.read() ?? Promise.resolve();
    expect(await isPending(rest)).toBe(true);
    controller.abort(new Error("enough"));
    await expect(rest).rejects.toThrow("enough");
  });
});
