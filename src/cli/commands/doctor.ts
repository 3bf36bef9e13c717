import type { Command } from "commander";
import { addApiCommand } from "../api-command.js";
import type { Context } from "../context.js";
import { type DoctorFlags, examine, type Finding } from "../doctor.js";
import { EXIT_CODES } from "../exit.js";
import { id } from "../options.js";
import { addAppStoreVersionOptions } from "../package-options.js";

export function addDoctor(program: Command, context: Context): void {
  addApiCommand<DoctorFlags>(program, context, {
    name: "doctor",
    summary: "check key, clock, permissions, App Store version, package and webhook",
    description:
      "Checks the API key, this machine's clock, the rate limit and the key's permissions; for an App Store version also its " +
      "state and its package, and for an app its webhooks. Changes nothing. Says what to do next. The exit code is " +
      `${EXIT_CODES.ok} if all is well, else ${EXIT_CODES.failed}.`,
    addOptions: (command) =>
      addAppStoreVersionOptions(command, { isOptional: true }).option(
        "--app-id <id>",
        "also check the webhooks of this app, for a marketplace of the marketplace app",
        id,
      ),
    examples: ["adp doctor", "adp doctor --bundle-id com.example.app --app-version 1.2.3"],
    async run(client, flags, { signal, fail }) {
      const checks: Finding[] = [];
      for await (const finding of examine(client, flags, signal)) checks.push(finding);
      if (!checks.every((check) => check.ok)) fail();
      return outcomeOf(checks);
    },
    withoutKey({ message }, { fail }) {
      fail();
      return outcomeOf([{ name: "key", ok: false, message }]);
    },
  });
}

function outcomeOf(checks: readonly Finding[]) {
  const ok = checks.every((check) => check.ok);
  return { document: { ok, checks }, text: checks.map(lineOf).join("\n") };
}

function lineOf({ name, ok, message, next }: Finding): string {
  return `${ok ? "ok  " : "FAIL"}  ${name}: ${message}${next === undefined ? "" : `. Next: ${next}`}`;
}
