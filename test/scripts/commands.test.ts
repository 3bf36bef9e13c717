import { execFile } from "node:child_process";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { generateCommand } from "../../scripts/generate.js";
import { updateSpecCommand } from "../../scripts/update-spec.js";
import { thorough } from "../support/thorough.js";
import { at, folder, library, prepared, tree, write, writeSpec } from "./codegen/support/library.js";

const project = resolve(import.meta.dirname, "../..");

/** The library's project with what a type check needs; its src is one file. */
async function copy(): Promise<string> {
  const { root } = await prepared();
  // Without the types of Node and of browsers, which nothing here uses, the compiler takes half the time.
  await cp(join(project, "tsconfig.json"), join(root, "tsconfig.project.json"));
  const tsconfig = { extends: "./tsconfig.project.json", compilerOptions: { types: [], lib: ["ES2023"] } };
  await write(root, "tsconfig.json", JSON.stringify(tsconfig));
  await symlink(join(project, "node_modules"), join(root, "node_modules"));
  await write(
    root,
    "src/reader.ts",
    'import { endpoints } from "../generated/endpoints.js";\n' +
      "export const path = endpoints.books_deleteInstance.path;\n",
  );
  return root;
}

function withoutDelete() {
  const document = library();
  delete at(document, "paths", "/v1/books/{id}").delete;
  return document;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("update-spec --dry-run", () => {
  test("exits with 0, 2 or 3: same, changed, breaking", async () => {
    const { root } = await prepared();
    const elsewhere = await folder();
    const dry = async (document: ReturnType<typeof library>, ...args: string[]) =>
      updateSpecCommand([await writeSpec(elsewhere, document), "--dry-run", ...args], root);
    const document = library();
    at(document, "info").version = "1.1";
    const same = await dry(document);
    expect(same).toMatchObject({ code: 0, stderr: "" });
    expect(same.stdout).toContain("nothing changed");

    at(document, "paths", "/v1/books", "get").deprecated = true;
    const changed = await dry(document, "--json");
    expect(changed).toMatchObject({ code: 2, stderr: "" });
    expect(JSON.parse(changed.stdout)).toMatchObject({
      result: "compatible",
      changes: [{ kind: "deprecated", breaking: false, scope: { path: "/v1/books" } }],
    });

    const breaking = await dry(withoutDelete(), "--markdown");
    expect(breaking).toMatchObject({ code: 3, stderr: "" });
    expect(breaking.stdout).toContain("⚠️ **breaking**: operation removed: DELETE /v1/books/{id}");
    expect(breaking.stdout).toContain("without --dry-run, this stops with exit code 1 and writes nothing");
  });

  test("exits with 1 and one line for an unusable source or a wrong option", async () => {
    const { root } = await prepared();
    const document = library();
    document.paths = {};
    const source = await writeSpec(await folder(), document);
    const outcomes = await Promise.all([
      updateSpecCommand([source, "--dry-run"], root),
      updateSpecCommand(["none.json", "--dry-run"], root),
      updateSpecCommand(["--dry"], root),
      updateSpecCommand(["a", "b"], root),
      updateSpecCommand(["--json", "--markdown"], root),
    ]);
    for (const { code, stdout, stderr } of outcomes) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^update-spec: [^\n]+$/);
    }
    expect(outcomes[0]?.stderr).toContain("has none of the 4 covered operations");
  });

  test("reads a relative path from the folder in which npm was started", async () => {
    const { root } = await prepared();
    await mkdir(join(root, "below"));
    await writeSpec(join(root, "below"), library(), "here.json");
    vi.stubEnv("INIT_CWD", join(root, "below"));
    vi.stubEnv("npm_lifecycle_event", "update-spec");
    expect(await updateSpecCommand(["here.json", "--dry-run"], root)).toMatchObject({ code: 0 });
  });
});

describe("update-spec", () => {
  test.skipIf(!thorough)(
    "that removes what src uses shows the line, writes, and exits with 4 until src compiles",
    async () => {
      const root = await copy();
      const source = await writeSpec(await folder(), withoutDelete());
      const before = await tree(root);
      const stopped = await updateSpecCommand([source], root);
      expect(stopped).toMatchObject({ code: 1, stdout: "" });
      expect(stopped.stderr).toContain("missing operation: books_deleteInstance");
      expect(await tree(root)).toEqual(before);

      const { code, stdout } = await updateSpecCommand([source, "--allow-missing"], root);
      expect(code).toBe(4);
      expect(stdout).toContain(
        "the facade no longer fits: correct src/. The files stay written. First: src/reader.ts(2,",
      );
      expect(stdout).toContain("endpoints.books_deleteInstance.path");
      expect((await tree(root))["generated/endpoints.ts"]).not.toContain("books_deleteInstance");
      expect(await generateCommand(["--check"], root)).toMatchObject({ code: 0 });

      const again = await updateSpecCommand([source], root);
      expect(again.code).toBe(4);
      expect(again.stdout).toMatch(
        /^The same file again, nothing to do: .*\nthe facade no longer fits: correct src\//,
      );
      await write(root, "src/reader.ts", "export const path = '';\n");
      expect((await updateSpecCommand([source], root)).code).toBe(0);
    },
  );
});

describe("generate", () => {
  test("--check names what differs; without it, the same bytes are written each time", async () => {
    const { root, before } = await prepared();
    await writeFile(join(root, "generated/paths.ts"), "edited");
    await write(root, "generated/stray.ts", "");
    await writeFile(join(root, "generated/README.md"), "edited");
    expect(await generateCommand(["--check"], root)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "generated/README.md differs\ngenerated/paths.ts differs\ngenerated/stray.ts should not be there\n" +
        "generated/ does not match openapi/: run npm run generate",
    });
    const written = "Wrote generated/README.md, generated/paths.ts, generated/stray.ts";
    expect(await generateCommand([], root)).toEqual({ code: 0, stdout: written, stderr: "" });
    expect(await tree(root)).toEqual(before);
    expect((await generateCommand([], root)).stdout).toBe("generated/ is up to date");
  });
});

test("what is committed in generated/ matches openapi/", async () => {
  expect(await generateCommand(["--check"], project)).toEqual({
    code: 0,
    stdout: "generated/ is up to date",
    stderr: "",
  });
});

test("as a script, the command's code is the exit code, and its line goes to stderr", async () => {
  const args = ["--import", "tsx", "scripts/update-spec.ts", "none.json", "--dry-run"];
  const failure = await promisify(execFile)(process.execPath, args, { cwd: project }).catch((error) => error);
  expect(failure).toMatchObject({ code: 1, stdout: "" });
  expect(failure.stderr).toMatch(/^update-spec: none\.json cannot be read: [^\n]+\n$/);
});
