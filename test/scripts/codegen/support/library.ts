import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type Coverage, readCoverage } from "../../../../scripts/codegen/coverage.js";
import { isObject, type Json, type JsonObject } from "../../../../scripts/codegen/document/json.js";
import type { Taken } from "../../../../scripts/codegen/select/prune.js";
import { select } from "../../../../scripts/codegen/select/select.js";
import { type UpdateOptions, update } from "../../../../scripts/codegen/update.js";
import spec from "../../../fixtures/library/spec.json" with { type: "json" };

const fixtures = new URL("../../../fixtures/library/", import.meta.url);

/** A fresh copy of the fixture: the API of a library, small, with everything in it that Apple's has. */
export function library(): JsonObject {
  return JSON.parse(JSON.stringify(spec));
}

/** The operations that test/fixtures/library/operations.json covers. */
export const covered: ReadonlyMap<string, Taken> = new Map(
  ["books_getCollection", "books_createInstance", "books_getInstance", "books_deleteInstance"].map((id) => [
    id,
    {},
  ]),
);

/** What is selected of a document, pruned as `taken` says. */
export function selected(document: JsonObject, taken = covered): JsonObject {
  return select(document, taken).document;
}

/** The object at a path of keys in a document, to edit it there. */
export function at(document: JsonObject, ...keys: string[]): JsonObject {
  let found: Json | undefined = document;
  for (const key of keys)
    found = isObject(found) || Array.isArray(found) ? Reflect.get(found, key) : undefined;
  if (!isObject(found)) throw new Error(`the fixture has no object at ${keys.join(" ")}`);
  return found;
}

/** The attributes that a schema of the library gives a resource. */
export function attributes(document: JsonObject, schema: string): JsonObject {
  const path = schema.endsWith("Request") ? ["data", "properties", "attributes"] : ["attributes"];
  return at(document, "components", "schemas", schema, "properties", ...path, "properties");
}

/** The same document with the keys of every object in another order. */
export function reordered(document: JsonObject): JsonObject {
  const members = Object.entries(document).reverse();
  return Object.fromEntries(members.map(([key, value]) => [key, mixed(value)]));
}

function mixed(value: Json): Json {
  if (Array.isArray(value)) return value.map(mixed);
  return isObject(value) ? reordered(value) : value;
}

/** A folder that is gone after the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "spec-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A project that covers four operations of the library and has taken in nothing yet. */
export async function project(): Promise<string> {
  const root = await folder();
  const own = (name: string) => readFile(new URL(`${name}.json`, fixtures), "utf8");
  await write(root, "openapi/operations.json", await own("operations"));
  await write(root, "openapi/words.json", await own("words"));
  await write(root, "openapi/apple.json", "{}\n");
  await write(root, "package.json", '{ "type": "module", "version": "0.3.4" }\n');
  return root;
}

export async function libraryCoverage(): Promise<Coverage> {
  return readCoverage(await project());
}

/** Writes a file, and says where it is. */
export async function write(root: string, path: string, content: string | Uint8Array): Promise<string> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
  return join(root, path);
}

/** Writes a document as JSON. */
export function writeSpec(root: string, document: Json, name = "spec.json"): Promise<string> {
  return write(root, name, JSON.stringify(document));
}

/** Changes a project's openapi/operations.json. */
export async function editOperations(root: string, edit: (file: JsonObject) => void): Promise<void> {
  const path = join(root, "openapi/operations.json");
  const file: JsonObject = JSON.parse(await readFile(path, "utf8"));
  edit(file);
  await writeFile(path, JSON.stringify(file));
}

/** What the library's specification gives a project. It is the same each time, and made once. */
let firstUpdate: Promise<Readonly<Record<string, string>>> | undefined;

async function makeFirstUpdate() {
  const root = await project();
  await update({ root, source: await writeSpec(await folder(), library()), check: false });
  return tree(root);
}

/** A project that has taken in the library's specification, and a run of update-spec in it. */
export async function prepared() {
  const root = await project();
  const elsewhere = await folder();
  const run = async (document: Json, options: Partial<UpdateOptions> = {}) =>
    update({ root, source: await writeSpec(elsewhere, document), check: false, ...options });
  firstUpdate ??= makeFirstUpdate();
  const before = await firstUpdate;
  for (const [path, content] of Object.entries(before)) await write(root, path, content);
  return { root, run, before: { ...before } };
}

/** Runs git with an identity of its own, whatever the machine's settings are. */
export function git(root: string, ...args: string[]): void {
  const settings = ["user.name=test", "user.email=test@example.com", "commit.gpgsign=false"];
  const all = [...settings.flatMap((setting) => ["-c", setting]), ...args];
  execFileSync("git", all, { cwd: root, stdio: "ignore" });
}

/** Everything in openapi/ and generated/, by path. */
export async function tree(root: string): Promise<Record<string, string>> {
  const files: [string, string][] = [];
  for (const name of ["openapi", "generated"]) {
    for (const file of (await readdir(join(root, name)).catch(() => [])).sort()) {
      files.push([`${name}/${file}`, await readFile(join(root, name, file), "utf8")]);
    }
  }
  return Object.fromEntries(files);
}
