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
  return ts
    .getPreEmitDiagnostics(program)
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
    expect(diagnose(files)).toEqual([]);
    const broken = new Map([
      [join(root, "broken.ts"), 'import { nothing } from "app-store-alternative-distribution";'],
    ]);
    expect(diagnose(broken)).toHaveLength(1);
  });

  test("lists each method with its operation", () => {
    const rows = [...readme.matchAll(/^\| `(\w+) (\S+)` \| `([\w.]+)` \| \[page\]\((\S+)\) \|$/gm)];
    const listed = rows.map(([, method, path, client]) => ({ method: method?.toLowerCase(), path, client }));
    const operations = Object.values(endpoints).flatMap((endpoint) =>
      "client" in endpoint ? [{ method: endpoint.method, path: endpoint.path, client: endpoint.client }] : [],
    );
    const byName = (a: { client?: string | undefined }, b: { client?: string | undefined }) =>
      `${a.client}`.localeCompare(`${b.client}`);
    expect(listed.sort(byName)).toEqual(operations.sort(byName));
    for (const [, method = "", path = "", , page] of rows) {
      const name = `${method}${path.replaceAll("{id}", "_id_").replaceAll("/", "-")}`.toLowerCase();
      expect(page).toBe(`https://developer.apple.com/documentation/appstoreconnectapi/${name}`);
    }
  });

  test("links to files that exist", () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  test("names commands that exist", () => {
    const scripts = Object.keys(packageJson.scripts);
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !scripts.includes(name ?? ""))).toEqual([]);
  });

  test("is read top to bottom", () => {
    expect(readme.split("\n").length).toBeLessThan(250);
  });
});
