import { join, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../../../..");

/** The compiler's messages about TypeScript files that are not on disk, by name. */
export function typeErrors(files: Readonly<Record<string, string>>): string[] {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(root, name), text]));
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([...texts.keys()], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

/** A program that compiles if every value of a schema in `full.ts` is one of that schema in `pruned.ts`. */
export function assignments(schemas: Iterable<string>): string {
  const lines = [...schemas].map(
    (name, index) =>
      `export const check${index} = (value: Full["schemas"]["${name}"]): Pruned["schemas"]["${name}"] => value;`,
  );
  return [
    'import type { components as Full } from "./full.js";',
    'import type { components as Pruned } from "./pruned.js";',
    ...lines,
  ].join("\n");
}
