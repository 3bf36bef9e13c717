import { type Command, Option } from "commander";
import type { Client } from "../../client.js";
import { withoutSecrets } from "../../redact.js";
import { addApiCommand } from "../api-command.js";
import type { Context } from "../context.js";
import { UsageError } from "../exit.js";
import { id, seconds } from "../options.js";
import { table } from "../output.js";
import { addPackageOptions, findPackageId, type PackageFlags } from "../package-options.js";

type Flags = PackageFlags & {
  readonly wait?: true;
  readonly after?: string;
  /** Seconds, as `pollInterval`. */
  readonly timeout?: number;
  readonly pollInterval?: number;
};

export function addStatus(program: Command, context: Context): void {
  addApiCommand<Flags>(program, context, {
    name: "status",
    summary: "show a package and its current version, or wait for it",
    description: "Shows a package and its current version, or waits until it has one.",
    addOptions: (command) => addPackageOptions(addWaitOptions(command)),
    examples: [
      "adp status --bundle-id com.example.app --app-version 1.2.3",
      "adp status --package-id $PACKAGE --wait --timeout 3600",
      "adp status --package-id $PACKAGE --after $VERSION --json | jq -r .version.id",
    ],
    async run(client, flags, { signal, note }) {
      const { wait, after, timeout = 1800, pollInterval = 30 } = flags;
      const packageId = await findPackageId(client, flags, signal);
      const { data } = await client.packages.get(packageId, undefined, { signal });
      if (after !== undefined) await checkIsVersion(client, packageId, after, signal);
      if (wait)
        note(
          `waiting for package ${packageId}, at most ${timeout} s, with a request every ${pollInterval} s`,
        );
      const waitOptions = { after, timeout: timeout * 1000, pollInterval: pollInterval * 1000, signal };
      const version = wait
        ? await client.packages.waitForCurrentVersion(packageId, waitOptions)
        : await client.packages.currentVersion(packageId, { signal });
      const { version: number, state } = version?.attributes ?? {};
      const rows = [
        ["package", packageId],
        ["version", version?.id ?? "none yet"],
        ...(version
          ? [
              ["number", number],
              ["state", state],
            ]
          : []),
      ];
      const document = { package: data, version: version ? withoutSecrets(version) : null };
      return { document, text: table(rows) };
    },
  });
}

function addWaitOptions(command: Command): Command {
  return command
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
    )
    .hook("preAction", () => {
      const { wait, timeout, pollInterval } = command.opts<Flags>();
      if (!wait && (timeout ?? pollInterval) !== undefined) {
        throw new UsageError("--timeout and --poll-interval need --wait");
      }
    });
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
