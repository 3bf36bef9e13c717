import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { adp } from "./support/adp.js";

const commands = [
  "create",
  "status",
  "versions",
  "variants",
  "deltas",
  "ingest",
  "verify",
  "remove",
  "apps",
  "doctor",
  "altstore",
  "sandbox",
];

/** Commands that have commands of their own: see groups.test.ts. */
const groups = ["keys", "domains", "webhooks"];

test("--help lists every command and every exit code", async () => {
  const { code, stdout, stderr } = await adp(["--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const listed = (stdout.split("Commands:")[1] ?? "").matchAll(/^ {2}(\w+) .*\[options\]/gm);
  expect([...listed].map(([, name]) => name)).toEqual(commands);
  for (const group of groups) expect(stdout).toMatch(new RegExp(`^ {2}${group} +\\w`, "m"));
  for (const exitCode of [0, 1, 2, 3, 4, 5, 130])
    expect(stdout).toMatch(new RegExp(`^ {2}${exitCode} `, "m"));
});

test.each(commands)("%s --help has examples, and their flags exist", async (name) => {
  const { code, stdout } = await adp([name, "--help"]);
  expect(code).toBe(0);
  const [options = "", examples = ""] = stdout.split("Examples:");
  expect(examples).toMatch(new RegExp(`^ {2}adp ${name}`, "m"));
  for (const [flag] of examples.matchAll(/--[a-z-]+/g)) expect(options).toContain(`${flag} `);
});

test("commands that need a key say that it is never a flag", async () => {
  const { stdout } = await adp(["ingest", "--help"]);
  expect(stdout).toContain("never a flag");
  expect((await adp(["verify", "--help"])).stdout).not.toContain("--key-id");
});

test("--version is the package's", async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  expect(await adp(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test("every file of src/cli/commands is used by the table of commands, or by another command", () => {
  const folder = join(import.meta.dirname, "../../src/cli");
  const files = readdirSync(join(folder, "commands"));
  const sources = ["program.ts", ...files.map((file) => join("commands", file))];
  const code = sources.map((file) => readFileSync(join(folder, file), "utf8")).join();
  const isImported = (file: string) =>
    new RegExp(`from "\\./(commands/)?${file.replace(/ts$/, "js")}"`).test(code);
  expect(files.filter((file) => !isImported(file))).toEqual([]);
});
