import { describe, expect, test } from "vitest";
import { isObject, type JsonObject } from "../../../scripts/codegen/document/json.js";
import { generateCommand } from "../../../scripts/generate.js";
import { at, editOperations, library, prepared, tree, write } from "./support/library.js";

const entry = (file: JsonObject, operationId: string) => at(file, "operations", operationId);

describe("an entry of operations.json", () => {
  test("for another operation brings it into everything generated, with one update", async () => {
    const { root, run } = await prepared();
    await editOperations(root, (file) => {
      at(file, "operations").readers_getCollection = { summary: "List the readers" };
    });
    const report = await run(library());
    expect(report.changes.map(({ message }) => message)).toEqual([
      "operation added: GET /v1/readers",
      "schema added",
    ]);
    const files = await tree(root);
    for (const name of ["README.md", "document.ts", "endpoints.ts", "paths.ts"]) {
      expect(files[`generated/${name}`]).toContain("readers_getCollection");
    }
    expect(await generateCommand(["--check"], root)).toMatchObject({ code: 0 });
  });

  test("that is not in the document yet is refused by generate, which names the command to run", async () => {
    const { root } = await prepared();
    await editOperations(root, (file) => {
      at(file, "operations").readers_getCollection = { summary: "List the readers" };
    });
    for (const args of [[], ["--check"]]) {
      const { code, stderr } = await generateCommand(args, root);
      expect(code).toBe(1);
      expect(stderr).toContain("does not have what openapi/operations.json asks for: readers_getCollection.");
      expect(stderr).toContain("npm run update-spec");
    }
  });

  test("that exists nowhere is refused by every command", async () => {
    const { root, run, before } = await prepared();
    await editOperations(root, (file) => {
      at(file, "operations").books_burn = { summary: "Burn the books" };
    });
    for (const options of [{}, { dryRun: true }, { allowMissing: true }]) {
      await expect(run(library(), options)).rejects.toThrow(
        "neither this specification nor openapi/apple.json has: books_burn.",
      );
    }
    expect((await generateCommand([], root)).stderr).toContain("books_burn");
    expect((await tree(root))["openapi/apple.json"]).toBe(before["openapi/apple.json"]);
  });

  test("that is deleted disappears from everything generated", async () => {
    const { root } = await prepared();
    await editOperations(root, (file) => delete at(file, "operations").books_deleteInstance);
    expect((await generateCommand(["--check"], root)).code).toBe(1);
    expect(await generateCommand([], root)).toMatchObject({ code: 0 });
    const { "openapi/apple.json": _, ...files } = await tree(root);
    expect(Object.values(files).join("\n")).not.toContain("books_deleteInstance");
    expect(await generateCommand(["--check"], root)).toMatchObject({ code: 0 });
  });

  test("takes only what it lists, and the reference says so", async () => {
    const { root, run } = await prepared();
    await editOperations(root, (file) => {
      entry(file, "books_getCollection").parameters = ["limit"];
      for (const id of Object.keys(at(file, "operations")).filter((id) => id !== "books_deleteInstance"))
        entry(file, id).attributes = ["title"];
    });
    const report = await run(library());
    expect(report.changes.map(({ message }) => message)).toContain("property attributes.pages removed");
    expect(report.missing.parameters).toEqual([]);
    const files = await tree(root);
    for (const name of ["document.ts", "paths.ts"])
      expect(files[`generated/${name}`]).not.toMatch(/pages|fields\[books\]/);
    const page = files["generated/README.md"];
    expect(page).toContain("Pruned: Apple's operation has more than what is listed here.");
    expect(page).toContain("What one reads. Pruned: Apple's schema has more fields than these.");
  });

  test.each<[string, (file: JsonObject) => void, string]>([
    [
      "without a summary",
      (file) => delete entry(file, "books_getInstance").summary,
      "books_getInstance has no summary",
    ],
    [
      "with another key",
      (file) => (entry(file, "books_getInstance").fields = []),
      'books_getInstance has "fields"; it can have summary,',
    ],
    [
      "with a text for a list",
      (file) => (entry(file, "books_getInstance").include = "shelf"),
      "has include that are not a list of names",
    ],
    [
      "without the required attributes",
      (file) => (entry(file, "books_createInstance").attributes = ["note"]),
      "does not take title of BookCreateRequest, which is required",
    ],
    [
      "with an attribute that does not exist",
      (file) => (entry(file, "books_getInstance").attributes = ["colour"]),
      "has: attribute colour of Book (books_getInstance).",
    ],
  ])("%s is refused", async (_, edit, reason) => {
    const { root, run } = await prepared();
    await editOperations(root, edit);
    await expect(run(library())).rejects.toThrow(reason);
  });
});

describe("what an entry lists and Apple removes", () => {
  const without = () => {
    const document = library();
    const state = at(document, "components", "schemas", "Book", "properties", "attributes", "properties");
    delete state.state;
    return document;
  };

  test("stops the update, which names it; --allow-missing goes on, and so does generate then", async () => {
    const { root, run } = await prepared();
    await editOperations(root, (file) => {
      for (const each of Object.values(at(file, "operations")))
        if (isObject(each) && each.client) each.attributes = ["title", "state"];
      entry(file, "books_createInstance").attributes = ["title"];
    });
    await run(library(), { allowMissing: true });
    await expect(run(without())).rejects.toThrow("missing attribute state of Book (books_getInstance)");
    const report = await run(without(), { allowMissing: true });
    expect(report.missing.taken).toEqual([
      "attribute state of Book (books_getCollection)",
      "attribute state of Book (books_getInstance)",
    ]);
    expect(await generateCommand(["--check"], root)).toMatchObject({ code: 0 });
  });
});

describe("the server", () => {
  test.each([
    ["another host", "https://other.example/"],
    ["a host that begins alike", "https://library.example.org/"],
    ["a user", "https://library.example@other.example/"],
    ["no https", "http://library.example/"],
    ["a port", "https://library.example:8443/"],
    ["a dot at the end of its name", "https://library.example./"],
    ["a line end", "https://library.example/\n"],
    ["a variable", "https://library.example/{region}"],
    ["nothing", ""],
  ])("with %s is refused", async (_, url) => {
    const { run } = await prepared();
    const document = library();
    document.servers = [{ url }];
    const message = `names the server ${JSON.stringify(url)}`;
    await expect(run(document, { dryRun: true })).rejects.toThrow(message);
  });

  test("of a part of the document is checked too, in each mode", async () => {
    const { root, run, before } = await prepared();
    for (const place of [[], ["paths", "/v1/books"], ["paths", "/v1/books", "get"]]) {
      for (const options of [{ dryRun: true }, {}, { allowMissing: true }]) {
        const document = library();
        at(document, ...place).servers = [{ url: "https://other.example/" }];
        await expect(run(document, options)).rejects.toThrow("names the server");
      }
    }
    expect(await tree(root)).toEqual(before);
  });

  test("must be named", async () => {
    const { run } = await prepared();
    const document = library();
    delete document.servers;
    await expect(run(document)).rejects.toThrow(
      "the specification has no servers; expected https://library.example",
    );
  });
});

describe("accepted.json", () => {
  test("makes one breaking change count as accepted, with the reason; an entry without a change is reported", async () => {
    const { root, run } = await prepared();
    const change = "schema Book: property attributes.pages removed";
    await write(
      root,
      "openapi/accepted.json",
      JSON.stringify([
        { change, reason: "nobody counts" },
        { change: "schema Book: gone", reason: "old" },
      ]),
    );
    const document = library();
    delete at(document, "components", "schemas", "Book", "properties", "attributes", "properties").pages;
    const report = await run(document);
    expect(report).toMatchObject({ result: "compatible", unusedAccepted: ["schema Book: gone"] });
    expect(report.changes).toMatchObject([{ breaking: false, accepted: "nobody counts" }]);
  });

  test.each([
    ['[{ "change": "x" }]', "openapi/accepted.json: each entry needs a change and a reason"],
    ['{ "change": "x", "reason": "y" }', "openapi/accepted.json is not a list"],
  ])("with the mistake %s is refused", async (text, message) => {
    const { root, run } = await prepared();
    await write(root, "openapi/accepted.json", text);
    await expect(run(library())).rejects.toThrow(message);
  });
});
