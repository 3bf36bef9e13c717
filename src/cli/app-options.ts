import { type Command, Option } from "commander";
import type { Client } from "../client.js";
import { id } from "./options.js";

/** An app, given by one of two ids. */
export interface AppFlags {
  readonly appId?: string;
  readonly bundleId?: string;
}

/** Adds the {@link AppFlags}. Unless `isOptional`, one of them must be given. */
export function addAppOptions(command: Command, { isOptional = false } = {}): Command {
  command
    .addOption(new Option("--app-id <id>", "the app's id, 10 digits").argParser(id).conflicts("bundleId"))
    .addOption(new Option("--bundle-id <id>", "the app's bundle id").argParser(id));
  return command.hook("preAction", (_, { opts }) => {
    const { appId, bundleId } = opts.call(command);
    if (!isOptional && appId === undefined && bundleId === undefined) {
      command.error("error: missing id: give --app-id or --bundle-id");
    }
  });
}

export async function findAppId(
  client: Client,
  { appId, bundleId }: AppFlags,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (appId !== undefined || bundleId === undefined) return appId;
  return (await client.apps.getByBundleId(bundleId, { signal })).id;
}
