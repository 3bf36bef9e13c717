import { type Command, Option } from "commander";
import { withoutSecrets } from "../../redact.js";
import { addConnectionOptions, type ConnectionFlags, openClient } from "../connection.js";
import type { Context } from "../context.js";
import {
  addExamples,
  addJsonOption,
  addPackageOptions,
  findPackageId,
  type PackageFlags,
  seconds,
} from "../options.js";
import { table, writeNote, writeResult } from "../output.js";

type Flags = ConnectionFlags &
  PackageFlags & {
    readonly wait?: true;
    readonly after?: string;
    /** Seconds, as `pollInterval`. */
    readonly timeout: number;
    readonly pollInterval: number;
  };

export function addStatus(program: Command, context: Context): void {
  const command = program
    .command("status")
    .summary("show a package and its current version, or wait for it")
    .description("Shows a package and its current version, or waits until it has one.");
  addJsonOption(command)
    .option("--wait", "wait for a current version")
    .addOption(
      new Option("--after <version-id>", "wait for a newer version, which may have deltas").implies({
        wait: true,
      }),
    )
    .option("--timeout <seconds>", "how long to wait in total", seconds, 1800)
    .option("--poll-interval <seconds>", "time between two requests", seconds, 30);
  addConnectionOptions(addPackageOptions(command));
  addExamples(command, [
    "adp status --app-store-version-id 6482123456",
    "adp status --package-id $PACKAGE --wait --timeout 3600",
    "adp status --package-id $PACKAGE --after $VERSION --json | jq -r .version.id",
  ]);
  command.action((flags: Flags) => showStatus(flags, context));
}

async function showStatus(flags: Flags, context: Context): Promise<void> {
  const { wait, after, timeout, pollInterval } = flags;
  const { host, signal } = context;
  const client = await openClient(flags, context);
  const packageId = await findPackageId(client, flags, signal);
  const { data } = await client.packages.get(packageId, undefined, { signal });
  if (wait) {
    const times = `at most ${timeout} s, with a request every ${pollInterval} s`;
    await writeNote(`waiting for package ${packageId}, ${times}`, host.stderr);
  }
  const waitOptions = { after, timeout: timeout * 1000, pollInterval: pollInterval * 1000, signal };
  const version = wait
    ? await client.packages.waitForCurrentVersion(packageId, waitOptions)
    : await client.packages.currentVersion(packageId, { signal });
  const rows: (string | undefined)[][] = [
    ["package", packageId],
    ["version", version?.id ?? "none yet"],
  ];
  if (version) rows.push(["number", version.attributes?.version], ["state", version.attributes?.state]);
  await writeResult(
    context,
    { package: data, version: version ? withoutSecrets(version) : null },
    table(rows),
  );
}
