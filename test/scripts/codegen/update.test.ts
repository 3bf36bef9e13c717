import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { markdownReport } from "../../../scripts/codegen/report/markdown.js";
import { groupsOf } from "../../../scripts/codegen/report/report.js";
import { textReport } from "../../../scripts/codegen/report/text.js";
import { update } from "../../../scripts/codegen/update.js";
import {
  at,
  attributes,
  folder,
  git,
  library,
  prepared,
  project,
  reordered,
  tree,
  write,
  writeSpec,
} from "./support/library.js";

const withoutDelete = () => {
  const document = library();
  delete at(document, "paths", "/v1/books/{id}").delete;
  return document;
};

describe("an update", () => {
  test("writes openapi/apple.json and everything in generated/, and says which", async () => {
    const { root, run, before } = await prepared();
    expect(Object.keys(before)).toEqual([
      "openapi/apple.json",
      "openapi/operations.json",
      "openapi/words.json",
      "generated/README.md",
      "generated/document.ts",
      "generated/endpoints.ts",
      "generated/paths.ts",
    ]);
    const next = library();
    attributes(next, "Book").colour = { type: "string" };
    const report = await run(next);
    expect(report).toMatchObject({ result: "compatible", version: { current: "0.3.4", next: "0.3.5" } });
    expect(report.written).toEqual(
      Object.keys(before).filter((path) => !/(operations|words)\.json/.test(path)),
    );
    expect((await tree(root))["generated/paths.ts"]).toContain("colour?: string");
  });

  test("gives the same bytes from a file, another key order, and a URL", async () => {
    const { before } = await prepared();
    const server = createServer((_, response) => response.end(JSON.stringify(library()))).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const other = await project();
    await update({
      root: other,
      source: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      check: false,
    });
    expect(await tree(other)).toEqual(before);
    const third = await project();
    await update({
      root: third,
      source: await writeSpec(await folder(), reordered(library())),
      check: false,
    });
    expect(await tree(third)).toEqual(before);
  });

  test("with the same file again does nothing and says so", async () => {
    const { run } = await prepared();
    const report = await run(reordered(library()));
    expect(report).toMatchObject({ result: "unchanged", written: [], changes: [] });
    expect(textReport(report)).toMatch(
      /^The same file again, nothing to do: App Store Connect API 1.0, sha256 [0-9a-f]{64}$/,
    );
  });

  test("with another file that changes nothing for us notes only where it came from", async () => {
    const { root, run, before } = await prepared();
    const next = library();
    at(next, "info").version = "1.1";
    const report = await run(next);
    expect(report).toMatchObject({
      result: "same",
      from: { version: "1.0" },
      to: { version: "1.1" },
      changes: [],
    });
    expect(report.version.next).toBe("0.3.4");
    expect((await tree(root))["openapi/apple.json"]).not.toBe(before["openapi/apple.json"]);
  });
});

describe("what is missing", () => {
  const lacking = () => {
    const document = withoutDelete();
    at(document, "paths", "/v1/books/{id}", "get").operationId = "books_read";
    at(document, "paths", "/v1/books", "get").parameters = [];
    return document;
  };

  test("stops the update, all of it named, with nothing written", async () => {
    const { root, run, before } = await prepared();
    await expect(run(lacking())).rejects.toThrow(
      [
        "nothing was written; --allow-missing goes on without what is missing",
        "missing operation: books_getInstance (GET /v1/books/{id}; its operationId is now books_read)",
        "missing operation: books_deleteInstance (DELETE /v1/books/{id})",
        "missing parameter: fields[books] of books_getCollection (GET /v1/books)",
        "missing parameter: limit of books_getCollection (GET /v1/books)",
      ].join("\n"),
    );
    expect(await tree(root)).toEqual(before);
  });

  test("is left out with --allow-missing, and is reported as added when it is back", async () => {
    const { root, run, before } = await prepared();
    expect(await run(lacking(), { allowMissing: true })).toMatchObject({ result: "breaking" });
    expect((await tree(root))["generated/endpoints.ts"]).not.toContain("books_deleteInstance");
    const back = await run(library());
    expect(back.result).toBe("compatible");
    expect(textReport(back)).toContain("operation added: DELETE /v1/books/{id}");
    expect(await tree(root)).toEqual(before);
  });

  test("is a removal in a dry run", async () => {
    const { root, run, before } = await prepared();
    const report = await run(lacking(), { dryRun: true });
    expect(report).toMatchObject({ result: "breaking", version: { next: "0.4.0" }, written: [] });
    expect(report.missing.operations).toHaveLength(2);
    expect(await tree(root)).toEqual(before);
  });

  test("altogether is no specification of ours", async () => {
    const { run } = await prepared();
    const document = library();
    document.paths = { "/v1/readers": at(document, "paths", "/v1/readers") };
    await expect(run(document, { allowMissing: true })).rejects.toThrow(
      "has none of the 4 covered operations",
    );
  });
});

describe("a second run", () => {
  test("reports the breaking changes until they are released", async () => {
    const { root, run } = await prepared();
    for (const args of [["init"], ["add", "."], ["commit", "--message", "Release"], ["tag", "v0.3.4"]]) {
      git(root, ...args);
    }
    const first = await run(withoutDelete(), { allowMissing: true });
    expect(first).toMatchObject({ base: "v0.3.4", result: "breaking", upToDate: false });
    const second = await run(withoutDelete());
    expect(second).toMatchObject({ result: "breaking", upToDate: true, written: [], changes: first.changes });
    expect(second.version).toEqual(first.version);
    expect(textReport(second)).toContain("openapi/ and generated/ hold this file already");
    expect(await run(library())).toMatchObject({ result: "same" });
  });

  test("repairs generated/", async () => {
    const { root, run, before } = await prepared();
    await write(root, "generated/paths.ts", "edited");
    expect((await run(library())).written).toHaveLength(5);
    expect(await tree(root)).toEqual(before);
  });
});

describe("a failure", () => {
  test("while reading leaves everything as it was", async () => {
    const { root, before } = await prepared();
    const source = await write(await folder(), "page.html", "<html></html>");
    await expect(update({ root, source })).rejects.toThrow("is an HTML or XML page");
    expect(await tree(root)).toEqual(before);
  });

  test("of an earlier run leaves nothing that a later one uses", async () => {
    const { root, run, before } = await prepared();
    await write(root, ".spec-staging/new/openapi/apple.json", "half");
    const next = library();
    at(next, "info").version = "9";
    expect((await run(next)).written).toHaveLength(5);
    expect(Object.keys(await tree(root))).toEqual(Object.keys(before));
  });
});

describe("a report", () => {
  test("lists uncovered operations near the area once, when they are new", async () => {
    const { run } = await prepared();
    const next = library();
    at(next, "paths")["/v1/books/{id}/pages"] = { get: { operationId: "books_pages", tags: ["Pages"] } };
    at(next, "paths")["/v1/other"] = { get: { operationId: "bookish", tags: ["Books"] } };
    at(next, "paths")["/v1/readers/{id}/bookmarks"] = { get: { tags: ["Readers"] } };
    at(next, "paths")["/v1/readers/{id}"] = { get: { tags: ["Readers"] } };
    // A tag that one covered operation shares with many others does not make those our area.
    at(next, "paths", "/v1/books/{id}", "get").tags = ["Books", "Popular"];
    for (const name of ["films", "games"]) at(next, "paths")[`/v1/${name}`] = { get: { tags: ["Popular"] } };
    const report = await run(next);
    expect(report.uncovered).toEqual([
      "GET /v1/books/{id}/pages (books_pages)",
      "GET /v1/other (bookish)",
      "GET /v1/readers/{id}/bookmarks",
    ]);
    at(next, "info").version = "1.1";
    expect((await run(next)).uncovered).toEqual([]);
  });

  test("says what has no words, and which words have nothing to describe", async () => {
    const { run } = await prepared();
    const report = await run(library());
    expect(report.undescribed).toContain("schemas Book.attributes.title");
    expect(report.undescribed).not.toContain("schemas Book.attributes.pages");
    expect(report.unusedWords).toEqual(["schemas Book.attributes.gone"]);
  });

  test.each([
    [{ parameters: { limit: 5 } }, 'the description of "limit" in parameters is not text'],
    [{ schemas: ["Book"] }, "schemas is not an object"],
  ])("refuses words that are not text: %o", async (words, problem) => {
    const { root, run, before } = await prepared();
    await write(root, "openapi/words.json", JSON.stringify(words));
    await expect(run(library())).rejects.toThrow(`openapi/words.json: ${problem}`);
    expect((await tree(root))["generated/paths.ts"]).toBe(before["generated/paths.ts"]);
  });

  test("says once what changed in every operation", async () => {
    const { run } = await prepared();
    const next = library();
    for (const [path, method] of [
      ["/v1/books", "get"],
      ["/v1/books", "post"],
      ["/v1/books/{id}", "get"],
      ["/v1/books/{id}", "delete"],
    ] as const) {
      at(next, "paths", path, method, "responses")["429"] = { description: "Prose." };
    }
    attributes(next, "Book").colour = { type: "string" };
    const report = await run(next);
    expect(report.changes).toHaveLength(5);
    expect(groupsOf(report)).toMatchObject([
      { heading: "every operation (4)", changes: [{ message: "response 429 added" }] },
      { heading: "schema Book", changes: [{ message: "property attributes.colour added" }] },
    ]);
  });

  test("has the same content as text and as markdown", async () => {
    const { run } = await prepared();
    const next = withoutDelete();
    attributes(next, "Book").colour = { type: "string" };
    const report = await run(next, { dryRun: true });
    expect(textReport(report)).toBe(
      `App Store Connect API 1.0 → 1.0, alternative distribution: 2 changes, 1 breaking
compared with the working tree, as it is not in a git repository

DELETE /v1/books/{id} (books_deleteInstance)
  BREAKING    operation removed: DELETE /v1/books/{id}

schema Book
  compatible  property attributes.colour added

missing covered operations:
  books_deleteInstance (DELETE /v1/books/{id})

without description (openapi/words.json):
${report.undescribed.map((each) => `  ${each}`).join("\n")}

descriptions of what is not there (openapi/words.json):
  schemas Book.attributes.gone

next version of the package: 0.3.4 → 0.4.0 (a breaking change; before 1.0.0 that raises the minor version)
without --dry-run, this stops with exit code 1 and writes nothing (see --allow-missing):
  missing operation: books_deleteInstance (DELETE /v1/books/{id})`,
    );
    const markdown = markdownReport(report);
    expect(markdown).toContain(
      "### `DELETE /v1/books/{id} (books_deleteInstance)`\n\n- ⚠️ **breaking**: operation removed",
    );
    expect(markdown).toContain("- compatible: property attributes.colour added");
    expect(markdown).toContain("Next version: **0.4.0** (now 0.3.4)");
  });

  test("says of the same file that src/ does not fit, as text and as markdown", async () => {
    const { run } = await prepared();
    const check = { fits: false, part: "src", first: "src/a.ts(1,1): error TS1" } as const;
    const report = { ...(await run(library())), check };
    expect(report.result).toBe("unchanged");
    for (const text of [textReport(report), markdownReport(report)]) {
      expect(text).toContain("The same file again");
      expect(text).toContain("the facade no longer fits: correct src/. The files stay written.");
    }
  });
});
