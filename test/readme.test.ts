import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { endpoints } from "../generated/endpoints.js";

const root = resolve(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const packageJson: { name: string; scripts: object; exports: Record<string, string | { default: string }> } =
  JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The package's entry points as `paths` of the compiler: from source, as the build is no part of a checkout. */
function entryPoints(): Record<string, string[]> {
  const paths: Record<string, string[]> = {};
  for (const [name, target] of Object.entries(packageJson.exports)) {
    if (typeof target === "string") continue;
    const source = target.default.replace("./dist/", "./").replace(/\.js$/, ".ts");
    paths[join(packageJson.name, name)] = [source];
  }
  return paths;
}

/** What the compiler says of these files, which need not exist. */
function diagnose(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const settings = { ...options, noUnusedLocals: false, baseUrl: root, paths: entryPoints() };
  const host = ts.createCompilerHost(settings);
  const { readFile, fileExists } = host;
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.fileExists = (name) => files.has(name) || fileExists(name);
  const program = ts.createProgram([...files.keys()], settings, host);
  // What they import is checked by the type check of the package.
  return [...files.keys()]
    .flatMap((name) => ts.getPreEmitDiagnostics(program, program.getSourceFile(name)))
    .map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
}

describe("README.md", () => {
  test("has programs that compile", { timeout: 60_000 }, () => {
    const snippets = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
    expect(snippets.length).toBeGreaterThan(4);
    const files = new Map(
      snippets.map((code, n) => [join(root, `readme-${n + 1}.ts`), `${code}\nexport {};\n`]),
    );
    // A program with a mistake shows that they are checked at all.
    const broken = join(root, "broken.ts");
    files.set(broken, 'import { nothing } from "app-store-alternative-distribution";');
    expect(diagnose(files)).toEqual([expect.stringMatching(`^${broken}: `)]);
  });

  test("lists each method with Apple's page of its operation", () => {
    const listed = [...readme.matchAll(/^\| `(\w+)` \| (\[.*\)) \|/gm)].flatMap(
      ([, resource, methods = ""]) =>
        [...methods.matchAll(/\[`(\w+)`\]\((\S+?)\)/g)].map(
          ([, method, page]) => `${resource}.${method} ${page}`,
        ),
    );
    const operations = Object.values(endpoints).flatMap((endpoint) => {
      if (!("client" in endpoint)) return [];
      const { client, method, path } = endpoint;
      const page = `${method}${path.replaceAll("{id}", "_id_").replaceAll("/", "-")}`.toLowerCase();
      return [`${client} https://developer.apple.com/documentation/appstoreconnectapi/${page}`];
    });
    expect(listed.sort()).toEqual(operations.sort());
    expect(readme.match(/a method for each of \d+ operations/g)).toEqual([
      `a method for each of ${operations.length} operations`,
    ]);
    expect(readme.match(/all \d+ are typed paths/g)).toEqual([
      `all ${Object.keys(endpoints).length} are typed paths`,
    ]);
  });

  test("has no links that npmjs.com cannot follow, and names files that exist", () => {
    // The figures are written by the bench. Their pictures need the field `repository`.
    const text = readme.replace(/<!-- figures -->[\s\S]*<!-- \/figures -->/, "");
    const links = [...text.matchAll(/\]\((?!https:|#)([^)]+)/g)].map(([, link]) => link);
    expect(links).toEqual([]);
    const anchors = [...text.matchAll(/\]\(#([^)]+)/g)].map(([, anchor]) => anchor);
    const headings = [...text.matchAll(/^##+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    expect(anchors.filter((anchor) => !headings.includes(anchor ?? ""))).toEqual([]);
    const files = [...text.matchAll(/`((?:test|scripts|generated|openapi|\.github)\/[\w./-]+)`/g)];
    expect(files.length).toBeGreaterThan(3);
    expect(files.map(([, file = ""]) => file).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  test("names commands that exist", () => {
    const scripts = Object.keys(packageJson.scripts);
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !scripts.includes(name ?? ""))).toEqual([]);
  });

  test("is read top to bottom", () => {
    expect(readme.split("\n").length).toBeLessThan(310);
  });
});
