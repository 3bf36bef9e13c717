import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ask, causeOf, DOMAINS, received } from "../fault-support.js";
import { setUp } from "../support.js";

test("a server that was closed refuses connections, and can start again at its address", async () => {
  const { sandbox, server, api } = await ask("server");
  const url = server?.url ?? "";
  await server?.close();
  expect(await causeOf(api(DOMAINS))).toBe("ECONNREFUSED");
  const again = await sandbox.listen({ port: Number(new URL(url).port) });
  onTestFinished(again.close);
  expect(again.url).toBe(url);
  expect((await api(DOMAINS)).status).toBe(200);
});

test("closing the server ends requests that are stalled", async () => {
  const { sandbox, server, api } = await ask("server", { stall: "headers" });
  const answer = api(DOMAINS);
  await received(sandbox, 2);
  const closed = server?.close();
  await expect(answer).rejects.toThrow(TypeError);
  await closed;
});

test("a client that disconnects in the middle of a big body does not disturb the server", async () => {
  const { sandbox, token } = await setUp();
  const { id } = sandbox.addAppStoreVersion({ variants: [2 ** 32] });
  const { variantIds } = sandbox.publishVersion(id);
  const server = await sandbox.listen();
  onTestFinished(server.close);
  const headers = { authorization: `Bearer ${token}` };
  const read = () =>
    fetch(`${server.url}/v1/alternativeDistributionPackageVariants/${variantIds[0]}`, { headers });
  const { data } = (await (await read()).json()) as { data: { attributes: { url: string } } };
  const { host, hostname, port, pathname, search } = new URL(data.attributes.url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  expect((await read()).status).toBe(200);
});

test("a request with a Host that is not valid is answered with 400", async () => {
  const { server } = await ask("server");
  const { hostname, port } = new URL(server?.url ?? "");
  const socket = connect(Number(port), hostname);
  socket.write("GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n");
  expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1.1 400 /);
  expect((await fetch(`${server?.url}/`)).status).toBe(401);
});

test("a body of more than 1 MiB is answered with 413, and one of 1 MiB is read", async () => {
  const { api } = await ask("server");
  const post = (bytes: number) =>
    api("/v1/alternativeDistributionPackages", { method: "POST", body: `"${"x".repeat(bytes - 2)}"` });
  expect((await post(2 ** 20)).status).toBe(422);
  const tooLong = await post(2 ** 20 + 1);
  expect(tooLong.status).toBe(413);
  expect(await tooLong.json()).toMatchObject({ errors: [{ code: "REQUEST_ENTITY_TOO_LARGE" }] });
});

test("a body without an end is answered with 413 before it ends", async () => {
  const { api } = await ask("server");
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(2 ** 16)) });
  // undici asks for `duplex` with a stream; the DOM's type does not have it.
  const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
  expect((await api("/v1/alternativeDistributionPackages", init)).status).toBe(413);
});
