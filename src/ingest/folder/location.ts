import { createHash } from "node:crypto";
import { lstat, mkdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { IngestError, quote } from "../errors.js";

/** Where a package folder stands, and the staging folder beside it. */
export interface Location {
  /** The target: the folder that is served. */
  directory: string;
  /** The folder that both stand in, free of symbolic links. */
  parent: string;
  name: string;
  /** The same for everyone who means the same folder on this machine, by whatever path. */
  key: string;
  /** Holds everything unfinished; on the target's file system, so that a rename moves it. */
  staging: string;
  /** In staging: becomes the target. */
  package: string;
  /** In staging: the zip, so that a later run need not fetch it again. */
  zip: string;
  /** In staging: what the zip is of. */
  state: string;
  /** In staging: the earlier folder while the new one takes its place. */
  replaced: string;
  /** In staging: a folder that was taken down and is being deleted. */
  removed: string;
}

/** Finds where a target stands; its parent is created if need be. */
export async function locate(directory: string): Promise<Location> {
  const path = resolve(directory);
  const name = basename(path);
  if (name === "") throw new TypeError(`directory: ${quote(directory)} is the root of the file system`);
  await mkdir(dirname(path), { recursive: true });
  const parent = await realpath(dirname(path));
  const { dev, ino } = await stat(parent, { bigint: true });
  const sameName = process.platform === "linux" ? name : name.toLowerCase();
  const key = createHash("sha256").update(`${dev}:${ino}:${sameName}`).digest("hex").slice(0, 32);
  const short = Buffer.byteLength(name) > 200 ? key : name;
  const staging = join(parent, `.${short}.ingest`);
  return {
    directory: join(parent, name),
    parent,
    name,
    key,
    staging,
    package: join(staging, "package"),
    zip: join(staging, "package.zip"),
    state: join(staging, "state.json"),
    replaced: join(staging, "replaced"),
    removed: join(staging, "removed"),
  };
}

/** Makes the staging folder, for nobody else's eyes. */
export async function openStaging({ staging }: Location): Promise<void> {
  await mkdir(staging, { mode: 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  if ((await lstat(staging)).isDirectory()) return;
  throw new IngestError(
    "target",
    `${staging} is needed as a staging folder, but is something else: move it away.`,
  );
}
