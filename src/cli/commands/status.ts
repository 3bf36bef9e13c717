import { type Command, Option } from "commander";
import type { Client } from "../../client.js";
import { withoutSecrets } from "../../redact.js";
import { addConnectionOptions, type ConnectionFlags, openClient } from "../connection.js";
import type { Context } from "../context.js";
import { UsageError } from "../exit.js";
import { addExamples, addJsonOption, id, seconds } from "../options.js";
import { table, writeNote, writeResult } from "../output.js";
import { addPackageOptions, findPackageId, type PackageFlags } from "../package-options.js";

type Flags = ConnectionFlags &
  PackageFlags & {
    readonly wait?: true;
    readonly after?: string;
    /** Seconds, as `pollInterval`. */
    readonly timeout?: number;
    readonly pollInterval?: number;
  };

export function addStatus(program: Command, context: Context): void {
  const command = program
    .command("status")
    .summary("show a package and its current version, or wait for it")
    .description("Shows a package and its current version, or waits until it has one.");
  addJsonOption(command)
    .option("--wait", "wait for a current version")
    .addOption(
      new Option("--after <version-id>", "wait for a newer version, which may have deltas")
        .argParser(id)
        .implies({ wait: true }),
    )
    .option(
      "--timeout <seconds>",
      "with --wait or --after: how long to wait in total (default: 1800)",
      seconds,
    )
    .option(
      "--poll-interval <seconds>",
      "with --wait or --after: time between two requests (default: 30)",
      seconds,
    );
  addConnectionOptions(addPackageOptions(command));
  addExamples(command, [
    "adp status --bundle-id com.example.app --app-version 1.2.3",
    "adp status --package-id $PACKAGE --wait --timeout 3600",
    "adp status --package-id $PACKAGE --after $VERSION --json | jq -r .version.id",
  ]);
  command.action((flags: Flags) => showStatus(flags, context));
}

async function showStatus(flags: Flags, context: Context): Promise<void> {
  const { wait, after, timeout = 1800, pollInterval = 30 } = flags;
  if (!wait && (flags.timeout ?? flags.pollInterval) !== undefined) {
    throw new UsageError("--timeout and --poll-interval need --wait");
  }
  const { host, signal } = context;
  const client = await openClient(flags, context);
  const packageId = await findPackageId(client, flags, signal);
  const { data } = await client.packages.get(packageId, undefined, { signal });
  if (after !== undefined) await checkIsVersion(client, packageId, after, signal);
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

/** Any other id would count as an older version, so that the wait would end at once. */
async function checkIsVersion(
  client: Client,
  packageId: string,
  after: string,
  signal: AbortSignal,
): Promise<void> {
  const versions = await client.packages.listVersionIds(packageId, undefined, { signal }).toArray();
  if (versions.some(({ id }) => id === after)) return;
  throw new UsageError(
    `--after: package ${packageId} has no version ${after}; adp versions --package-id ${packageId} lists its versions`,
  );
}
