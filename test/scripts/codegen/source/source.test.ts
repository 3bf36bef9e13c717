import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { ZipFile } from "yazl";
import { readSource } from "../../../../scripts/codegen/source/source.js";
import { folder, library, reordered, write, writeSpec } from "../support/library.js";

const text = JSON.stringify(library());
const limits = { bytes: 1_000_000, time: 10_000 };

async function zip(entries: Record<string, string>): Promise<Buffer> {
  const file = new ZipFile();
  for (const [name, content] of Object.entries(entries)) {
    if (name.endsWith("/")) file.addEmptyDirectory(name);
    else file.addBuffer(Buffer.from(content), name);
  }
  file.end();
  const chunks: Buffer[] = [];
  for await (const chunk of file.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/`;
}

describe("a specification is the same", () => {
  test("from JSON, from a zip, from a URL, and with its keys in another order", async () => {
    const root = await folder();
    const inZip = await zip({
      "docs/": "",
      "docs/openapi.oas.JSON": text,
      "__MACOSX/docs/._openapi.oas.json": "\0",
    });
    const url = await serve((_, response) => response.end(inZip));
    const sources = [
      await readSource(await write(root, "a.json", text)),
      await readSource(await write(root, "b.zip", inZip)),
      await readSource(await write(root, "named-otherwise.dat", inZip)),
      await readSource(await writeSpec(root, reordered(library()), "c.json")),
      await readSource(await write(root, "d.json", `\uFEFF${text}`)),
      await readSource(url),
    ];
    expect(new Set(sources.map((source) => source.sha256)).size).toBe(1);
    expect(sources.map((source) => source.version)).toEqual(Array(6).fill("1.0"));
  });

  test("beside JSON in the zip that is no specification", async () => {
    const path = await write(await folder(), "a.zip", await zip({ "spec.json": text, "package.json": "{}" }));
    expect((await readSource(path)).version).toBe("1.0");
  });

  test("beside broken JSON in the zip", async () => {
    const path = await write(await folder(), "a.zip", await zip({ "a.json": "{", "spec.json": text }));
    expect((await readSource(path)).version).toBe("1.0");
  });
});

describe("refused with one line", () => {
  test.each<[string, string | Record<string, string>, string]>([
    ["an HTML page", "<!DOCTYPE html><html></html>", "is an HTML or XML page"],
    ["truncated JSON", text.slice(0, -20), "is not valid JSON, or only a part of it"],
    ["YAML", "openapi: 3.0.1\npaths: {}\n", "is YAML; Apple's specification is JSON"],
    ["YAML after its mark", "---\n# Comment\nopenapi: 3.0.1\n", "is YAML"],
    ["nothing", "", "is empty"],
    ["JSON that is a list", "[1]", "no OpenAPI document"],
    ["other JSON", '{"name":"x"}', "no OpenAPI document"],
    [
      "Swagger 2",
      '{"swagger":"2.0","info":{"version":"1"},"paths":{}}',
      "is Swagger 2.0; OpenAPI 3 is needed",
    ],
    [
      "OpenAPI 4",
      '{"openapi":"4.0","info":{"version":"1"},"paths":{}}',
      'is OpenAPI "4.0"; OpenAPI 3 is needed',
    ],
    ["no paths", '{"openapi":"3.0.1","info":{"version":"1"}}', "has no paths"],
    [
      "OpenAPI 3 with something else in it",
      '{"openapi":"3.0.1*/","info":{"version":"1"},"paths":{}}',
      'is OpenAPI "3.0.1*/"; OpenAPI 3 is needed',
    ],
    [
      "a version that is no version",
      '{"openapi":"3.0.1","info":{"version":"<b>1</b>"},"paths":{}}',
      'has the info.version "<b>1</b>"',
    ],
    ["no version", '{"openapi":"3.0.1","paths":{}}', "has no info.version"],
    [
      "an empty zip",
      {},
      "holds no OpenAPI document (JSON files in it: none; other files: none). Apple's zip",
    ],
    [
      "a zip without a spec",
      { "read.me": "x", "a.json": "{}" },
      "holds no OpenAPI document (JSON files in it: a.json; other files: read.me). Apple's zip",
    ],
    ["a zip with YAML", { "docs/a.yaml": "openapi: 3.0.1" }, "docs/a.yaml in "],
    ["a zip in a zip", { "a.zip": "PK" }, "other files: a.zip"],
    [
      "YAML that begins otherwise",
      "servers:\n  - url: https://a.example\n",
      "is YAML; Apple's specification is JSON",
    ],
    ["a gzip file", "\x1f\x8b\b\0", "is a gzip file: unpack it"],
    [
      "two specs in a zip",
      { "a.json": text, "b.json": text },
      "holds more than one OpenAPI document: a.json, b.json. Unpack it, and name one",
    ],
    ["truncated JSON in a zip", { "a.json": text.slice(0, 90) }, "a.json in "],
    ["Swagger 2 in a zip", { "a.json": '{"swagger":"2.0"}' }, "is Swagger 2.0"],
  ])("%s", async (_, content, reason) => {
    const bytes =
      typeof content === "string"
        ? Buffer.from(content, content.startsWith("\x1f") ? "latin1" : "utf8")
        : await zip(content);
    const path = await write(await folder(), "source", bytes);
    await expect(readSource(path)).rejects.toThrow(reason);
    await expect(readSource(path)).rejects.toThrow(/^[^\n]+$/);
  });

  test("a file that is not there, or a folder", async () => {
    const root = await folder();
    await expect(readSource(`${root}/none.json`)).rejects.toThrow("none.json cannot be read: ENOENT");
    await expect(readSource(root)).rejects.toThrow("cannot be read: EISDIR");
    await expect(readSource("")).rejects.toThrow('"" cannot be read');
    await expect(readSource("ftp://a.example/b.zip")).rejects.toThrow("ftp: URLs are not read; name a file");
  });

  test("YAML by its name, whatever it begins with", async () => {
    const path = await write(await folder(), "a.yml", "{openapi: 3.0.1}");
    await expect(readSource(path)).rejects.toThrow("is YAML");
  });

  test("text that is not UTF-8", async () => {
    const path = await write(
      await folder(),
      "a.json",
      Buffer.from(text.replace("Library", "Bücherei"), "latin1"),
    );
    await expect(readSource(path)).rejects.toThrow("is not UTF-8 text");
  });

  test("a zip cut short, or with a wrong byte in it", async () => {
    const bytes = await zip({ "a.json": text });
    const root = await folder();
    await expect(readSource(await write(root, "cut.zip", bytes.subarray(0, 200)))).rejects.toThrow(
      /is not a readable zip/,
    );
    const wrong = Buffer.from(bytes);
    wrong.writeUInt8(wrong.readUInt8(60) ^ 0xff, 60);
    await expect(readSource(await write(root, "wrong.zip", wrong))).rejects.toThrow(
      /not a readable zip|damaged/,
    );
  });

  test("a zip with a password", async () => {
    const bytes = await zip({ "a.json": text });
    // The lowest bit of the flags, in both headers of the entry.
    for (const [signature, offset] of [
      [0x04034b50, 6],
      [0x02014b50, 8],
    ] as const) {
      const mark = Buffer.alloc(4);
      mark.writeUInt32LE(signature);
      const at = bytes.indexOf(mark) + offset;
      bytes.writeUInt16LE(bytes.readUInt16LE(at) | 1, at);
    }
    await expect(readSource(await write(await folder(), "a.zip", bytes))).rejects.toThrow(
      "is protected by a password: unpack it",
    );
  });

  test("more than the allowed bytes, packed or not", async () => {
    const root = await folder();
    const small = { ...limits, bytes: 1000 };
    const bomb = await zip({ "a.json": " ".repeat(100_000) });
    expect(bomb.length).toBeLessThan(1000);
    await expect(readSource(await write(root, "bomb.zip", bomb), small)).rejects.toThrow(
      "more than 1000 bytes of JSON",
    );
    await expect(readSource(await write(root, "a.json", text), small)).rejects.toThrow(
      "is larger than 1000 bytes",
    );
    const url = await serve((_, response) => response.end(text));
    await expect(readSource(url, small)).rejects.toThrow("is larger than 1000 bytes");
  });
});

describe("a download", () => {
  test("follows redirects and sends nothing that identifies anyone", async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      seen.push(...Object.keys(request.headers));
      if (request.url === "/") response.writeHead(302, { location: "/moved", "set-cookie": "a=b" }).end();
      else response.end(text);
    });
    expect((await readSource(url)).version).toBe("1.0");
    expect(seen).not.toContain("cookie");
    expect(seen).not.toContain("authorization");
  });

  test.each([
    [404, "answered with HTTP status 404"],
    [500, "answered with HTTP status 500"],
  ])("that answers %i fails without showing the query", async (status, reason) => {
    const url = await serve((_, response) => response.writeHead(status).end(text));
    const error = await readSource(`${url}spec.zip?key=secret`).catch((caught: Error) => caught.message);
    expect(error).toContain(reason);
    expect(error).not.toContain("secret");
  });

  test("that never ends is given up", async () => {
    const url = await serve((_, response) => response.write("{"));
    await expect(readSource(url, { ...limits, time: 50 })).rejects.toThrow("took longer than 0.05 s");
  });

  test("that breaks off, or gets no connection, fails with the reason", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": 1000 }).write("{");
      setImmediate(() => response.destroy());
    });
    await expect(readSource(url)).rejects.toThrow("cannot be downloaded");
    await expect(readSource("http://127.0.0.1:1/")).rejects.toThrow("cannot be downloaded");
    await expect(readSource("http://user:hidden@127.0.0.1:1/")).rejects.toThrow(
      "leave user and password out",
    );
    await expect(readSource("https://")).rejects.toThrow("the URL is malformed");
  });
});
