import { type Command, Option } from "commander";
import type { Client, WaitOptions } from "../../index.js";
import { addPackageChoice, findPackageId, type PackageChoice } from "../choice.js";
import { addConnectionOptions, type ConnectionFlags, connect } from "../connect.js";
import type { Context } from "../context.js";
import { addExamples, addJsonOption } from "../help.js";
import { seconds } from "../numbers.js";
import { writeNote, writeResult } from "../output.js";
import { withoutSecrets } from "../secrets.js";
import { table } from "../table.js";

type Flags = ConnectionFlags &
  PackageChoice & {
    readonly wait?: true;
    readonly after?: string;
    readonly timeout: number;
    readonly pollInterval: number;
  };

export function addStatus(program: Command, context: Context): void {
  const command = program
    .command("status")
    .summary("a package and its current version; --wait for it")
    .description("Shows a package and its current version, or waits until it has one.");
  addJsonOption(command)
    .option("--wait", "wait for a current version")
    .addOption(
      new Option("--after <version-id>", "wait for a newer one, with deltas perhaps").implies({ wait: true }),
    )
    .option("--timeout <seconds>", "how long to wait in all", seconds, 1800)
    .option("--poll-interval <seconds>", "time between two looks", seconds, 30);
  addConnectionOptions(addPackageChoice(command));
  addExamples(command, [
    "adp status --app-store-version-id 6482123456",
    "adp status --package-id $PACKAGE --wait --timeout 3600",
    "adp status --package-id $PACKAGE --after $VERSION --json | jq -r .version.id",
  ]);
  command.action(async ({ wait, after, timeout, pollInterval, ...flags }: Flags) => {
    const client = await connect(flags);
    const { signal } = context;
    const packageId = await findPackageId(client, flags, signal);
    const { data } = await client.packages.get(packageId, undefined, { signal });
    const version = wait
      ? await waitForVersion(client, packageId, { after, timeout, pollInterval, signal })
      : await client.packages.currentVersion(packageId, { signal });
    const { version: number, state } = version?.attributes ?? {};
    await writeResult(
      context,
      { package: data, version: version ? withoutSecrets(version, {}) : null },
      table([
        ["package", packageId],
        ["version", version?.id ?? "none yet"],
        ...(version
          ? [
              ["number", number],
              ["state", state],
            ]
          : []),
      ]),
    );
  });
}

/** Times in s. */
async function waitForVersion(
  client: Client,
  packageId: string,
  { after, timeout, pollInterval, signal }: WaitOptions & Pick<Flags, "timeout" | "pollInterval">,
) {
  await writeNote(`waiting for package ${packageId}, at most ${timeout} s, looking every ${pollInterval} s`);
  const options = { after, timeout: timeout * 1000, pollInterval: pollInterval * 1000, signal };
  return client.packages.waitForCurrentVersion(packageId, options);
}
