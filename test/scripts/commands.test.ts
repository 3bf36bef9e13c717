import { execFile } from "node:child_process";
import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../scripts/codegen/command.js";
import type { JsonObject } from "../../scripts/codegen/document/json.js";
import { generateCommand } from "../../scripts/generate.js";
import { updateSpecCommand } from "../../scripts/update-spec.js";
import { at, folder, library, tree, write, writeSpec } from "./codegen/support/library.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
const commands = { generate: generateCommand, "update-spec": updateSpecCommand };

function run(root: string, command: keyof typeof commands, ...args: string[]): Promise<Outcome> {
  return commands[command](args, root);
}

/** The committed document, which is a specification itself, to edit. */
async function committed(): Promise<JsonObject> {
  return JSON.parse(await readFile(join(project, "openapi/apple.json"), "utf8"));
}

/** A copy of what the commands need of this project, to write in; its src is one file. */
async function copy(): Promise<string> {
  const root = await folder();
  for (const name of ["openapi", "generated"]) {
    await cp(join(project, name), join(root, name), { recursive: true });
  }
  for (const name of ["package.json", "tsconfig.json"]) await cp(join(project, name), join(root, name));
  await symlink(join(project, "node_modules"), join(root, "node_modules"));
  await write(
    root,
    "src/reader.ts",
    'import { endpoints } from "../generated/endpoints.js";\n' +
      "export const path = endpoints.alternativeDistributionPackageDeltas_getInstance.path;\n",
  );
  return root;
}

const deltas = "/v1/alternativeDistributionPackageDeltas/{id}";

describe("update-spec --dry-run", { timeout: 30_000 }, () => {
  test("exits 0, 2 or 3: same, changed, breaking", async () => {
    const document = await committed();
    const [root, elsewhere] = [await copy(), await folder()];
    const dry = async (...args: string[]) =>
      run(root, "update-spec", await writeSpec(elsewhere, document), "--dry-run", ...args);
    const same = await dry();
    expect(same).toMatchObject({ code: 0, stderr: "" });
    expect(same.stdout).toContain("nothing changed");

    at(document, "paths", deltas, "get").deprecated = true;
    const changed = await dry("--json");
    expect(changed).toMatchObject({ code: 2, stderr: "" });
    expect(JSON.parse(changed.stdout)).toMatchObject({
      result: "compatible",
      changes: [{ kind: "deprecated", breaking: false, scope: { path: deltas } }],
    });

    delete at(document, "paths")[deltas];
    const breaking = await dry("--markdown");
    expect(breaking).toMatchObject({ code: 3, stderr: "" });
    expect(breaking.stdout).toContain(`⚠️ **breaking**: operation removed: GET ${deltas}`);
  });

  test("exits 1 with one line for a bad source or a wrong option", async () => {
    const source = await writeSpec(await folder(), library());
    const outcomes = await Promise.all([
      run(project, "update-spec", source, "--dry-run"),
      run(project, "update-spec", "none.json", "--dry-run"),
      run(project, "update-spec", "--dry"),
      run(project, "update-spec", "a", "b"),
    ]);
    for (const { code, stdout, stderr } of outcomes) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^update-spec: [^\n]+$/);
    }
    expect(outcomes[0]?.stderr).toContain("the specification names the server");
  });
});

describe("in a copy of the project", { timeout: 60_000 }, () => {
  test("update-spec that takes away what src uses shows the line, exits 4, and leaves the files written", async () => {
    const root = await copy();
    const document = await committed();
    delete at(document, "paths")[deltas];
    const source = await writeSpec(await folder(), document);
    const before = await tree(root);
    const stopped = await run(root, "update-spec", source);
    expect(stopped).toMatchObject({ code: 1, stdout: "" });
    expect(stopped.stderr).toContain("missing operation: alternativeDistributionPackageDeltas_getInstance");
    expect(await tree(root)).toEqual(before);

    const { code, stdout } = await run(root, "update-spec", source, "--allow-missing");
    expect(code).toBe(4);
    expect(stdout).toContain(
      "the facade no longer fits: correct src/. The files stay written. First: src/reader.ts(2,",
    );
    expect(stdout).toContain("endpoints.alternativeDistributionPackageDeltas_getInstance.path");
    expect((await tree(root))["generated/endpoints.ts"]).not.toContain(deltas);

    const check = await run(root, "generate", "--check");
    expect(check).toMatchObject({ code: 0, stdout: "generated/ is up to date" });
  });

  test("generate --check names what differs; generate repairs it, the same bytes each time", async () => {
    const root = await copy();
    const before = await tree(root);
    await writeFile(join(root, "generated/paths.ts"), "edited");
    await write(root, "generated/stray.ts", "");
    await writeFile(join(root, "generated/README.md"), "edited");
    const check = await run(root, "generate", "--check");
    expect(check).toMatchObject({ code: 1, stdout: "" });
    expect(check.stderr).toBe(
      "generated/README.md differs\ngenerated/paths.ts differs\ngenerated/stray.ts should not be there\n" +
        "generated/ does not match openapi/: run npm run generate",
    );
    expect((await run(root, "generate")).code).toBe(0);
    expect(await tree(root)).toEqual(before);
  });
});

test("what is committed in generated/ matches openapi/, with exit code 0 of the script itself", async () => {
  const args = ["--import", "tsx", "scripts/generate.ts", "--check"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project });
  expect(stdout).toBe("generated/ is up to date\n");
});

test("the script itself exits with the command's code, and one line on stderr", async () => {
  const args = ["--import", "tsx", "scripts/update-spec.ts", "none.json", "--dry-run"];
  const failure = await promisify(execFile)(process.execPath, args, { cwd: project }).catch((error) => error);
  expect(failure).toMatchObject({ code: 1, stdout: "" });
  expect(failure.stderr).toMatch(/^update-spec: none\.json cannot be read: [^\n]+\n$/);
});
