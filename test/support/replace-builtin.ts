import { syncBuiltinESMExports } from "node:module";
import { onTestFinished } from "vitest";

/** Replaces functions of one of Node's modules, as its default export has them, for all that import it, until the test ends. */
export function replaceBuiltin<Module extends object>(module: Module, replacements: Partial<Module>): void {
  const original: Partial<Module> = {};
  for (const name in replacements) original[name] = module[name];
  onTestFinished(() => {
    Object.assign(module, original);
    syncBuiltinESMExports();
  });
  Object.assign(module, replacements);
  syncBuiltinESMExports();
}
