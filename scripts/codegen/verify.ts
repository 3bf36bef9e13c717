import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { arrayAt, type Json, stringAt } from "./document/json.js";

/** Whether the project fits what is generated now; if not, which part does not, and the first place in it. */
export type CheckResult =
  | { readonly fits: true }
  | { readonly fits: false; readonly part: "src" | "test" | "other"; readonly first: string };

/** Runs the type check and, when that passes, the tests. */
export async function verify(root: string): Promise<CheckResult> {
  const types = await typeCheck(root);
  if (!types.fits) return types;
  const tests = await run(root, [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--typecheck",
    "--bail=1",
    "--reporter=json",
  ]);
  if (tests.passed) return { fits: true };
  return { fits: false, part: "test", first: firstTestFailure(root, tests.output) };
}

/** Runs only the type check. */
export async function typeCheck(root: string): Promise<CheckResult> {
  const { passed, output } = await run(root, [
    "node_modules/typescript/bin/tsc",
    "--noEmit",
    "--pretty",
    "false",
  ]);
  return passed ? { fits: true } : firstTypeError(root, output);
}

/** `file(line,column): error TS2339: …` with the line itself: in src/ if there is one, then in test/, then elsewhere. */
export async function firstTypeError(root: string, output: string): Promise<CheckResult> {
  const errors = output.split("\n").filter((line) => /\(\d+,\d+\): error TS\d+/.test(line));
  for (const part of ["src", "test", "other"] as const) {
    const found = errors.filter((line) => part === "other" || line.startsWith(`${part}/`));
    const [first] = found;
    if (!first) continue;
    const [, file = "", line = ""] = /^(.*?)\((\d+),/.exec(first) ?? [];
    const source = await readFile(join(root, file), "utf8").catch(() => "");
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more: npm run typecheck)` : "";
    return {
      fits: false,
      part,
      first: `${first}\n    ${source.split("\n")[Number(line) - 1]?.trim() ?? ""}${more}`,
    };
  }
  return { fits: false, part: "other", first: `the type check failed: ${lastLine(output)}` };
}

/** The first failed test of vitest's JSON report: its file, name and message. */
export function firstTestFailure(root: string, output: string): string {
  let report: Json;
  try {
    report = JSON.parse(output.slice(output.indexOf("{")));
  } catch {
    return `the tests failed: ${lastLine(output)}`;
  }
  for (const file of arrayAt(report, "testResults")) {
    const failed = arrayAt(file, "assertionResults").find((test) => stringAt(test, "status") === "failed");
    const [message] = arrayAt(failed, "failureMessages");
    const name = relative(root, stringAt(file, "name") ?? "");
    if (failed) return `${name}: ${stringAt(failed, "fullName")}: ${String(message).split("\n", 1)[0]}`;
    if (stringAt(file, "status") === "failed") return `${name}: ${stringAt(file, "message")}`;
  }
  return "the tests failed: npm test";
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}

function run(root: string, args: string[]): Promise<{ passed: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ passed: error === null, output: stdout || stderr });
    });
  });
}
