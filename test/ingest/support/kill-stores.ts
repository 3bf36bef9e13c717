import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { folderStore, type PackageStore } from "../../../src/ingest/index.js";
import { s3Store } from "../../../src/s3/index.js";
import type { DigestKind } from "../../../src/sandbox/index.js";
import { thorough } from "../../support/thorough.js";
import { TEST_SERVERS } from "../s3/support/servers.js";
import type { ChildTask } from "./child.js";
import { temporaryFolder } from "./folders.js";

/** An asset that the sandbox makes. */
interface TestAsset {
  readonly size: number;
  readonly chunkSize?: number;
}

/** A place that programs ingest into until they are killed. */
interface KillPlace {
  readonly store: PackageStore;
  /** What a program needs to ingest into it. */
  readonly task: Pick<ChildTask, "bucket"> & { readonly options: { readonly directory?: string } };
  /** Checks, after the last program, that nobody ever saw a part of the package, and that nothing else is left. */
  check(): Promise<void>;
}

/** A kind of place, with what a kill may cost there. */
export interface KillStore {
  readonly name: string;
  readonly seeds: number;
  /** How often programs are killed before the last one. */
  readonly kills: number;
  /** How many bytes may come from the CDN in all, as a multiple of the package's. */
  readonly limit: number;
  /** The digests of the manifests, if not those that the sandbox chooses. */
  readonly digests?: DigestKind;
  /** The variants of the package. */
  variants(random: () => number): readonly TestAsset[];
  open(): Promise<KillPlace>;
}

/**
 * Reads a folder's file names again and again, with a millisecond in between. Returns a function that stops this and returns
 * every set of names that was seen. If the folder was replaced while it was read, the result is ignored: it may mix both
 * folders.
 */
export function watchFolder(directory: string): () => Set<string> {
  const seen = new Set<string>();
  let stopped = false;
  const look = () => {
    try {
      const { ino } = statSync(directory);
      const files = readdirSync(directory, { recursive: true }).sort().join(" ");
      if (statSync(directory).ino === ino) seen.add(files);
    } catch {
      // There may be no folder.
    }
    if (stopped) return;
    setTimeout(look, 1);
  };
  look();
  return () => {
    stopped = true;
    return seen;
  };
}

async function openFolder(): Promise<KillPlace> {
  const folder = temporaryFolder();
  const directory = join(folder, "p");
  const stop = watchFolder(directory);
  const check = async () => {
    const whole = readdirSync(directory, { recursive: true }).sort().join(" ");
    expect([...stop()].filter((files) => files !== whole)).toEqual([]);
    expect(readdirSync(folder)).toEqual(["p"]);
  };
  return { store: folderStore(directory), task: { options: { directory } }, check };
}

async function openBucket({ open }: (typeof TEST_SERVERS)[number]): Promise<KillPlace> {
  const { bucket, connection, client, fake } = await open();
  const seen = new Set<string>();
  if (fake) {
    fake.onRequest = () => {
      // Without a manifest, there is no package.
      if (fake.bucket.objects.has("p/manifest.json")) seen.add(fake.bucket.keys("").join(" "));
      return undefined;
    };
  }
  const check = async () => {
    if (!fake) return;
    expect([...seen]).toEqual([fake.bucket.keys("").join(" ")]);
    expect(fake.bucket.uploads.size).toBe(0);
  };
  const store = s3Store({ client: client(), bucket, prefix: "p" });
  return { store, task: { bucket: connection, options: {} }, check };
}

function anySize(random: () => number): TestAsset {
  return {
    size: 1 + Math.floor(random() * 4_000_000),
    ...(random() < 0.5 && { chunkSize: 100_000 + Math.floor(random() * 500_000) }),
  };
}

/** One file that is stored in parts, among smaller ones, in any order. */
function oneLarge(random: () => number): readonly TestAsset[] {
  const small = () => ({ size: 1 + Math.floor(random() * 2_000_000) });
  const chunkSize = 2_000_000 + Math.floor(random() * 4_000_000);
  const large = { size: 60_000_000 + Math.floor(random() * 10_000_000), chunkSize };
  const variants = Array.from({ length: 5 + Math.floor(random() * 10) }, small);
  variants.splice(Math.floor(random() * variants.length), 0, large);
  return variants;
}

/** Kills of ingests into a folder. */
export const FOLDER_KILLS: readonly KillStore[] = [
  {
    name: "a folder",
    seeds: thorough ? 100 : 1,
    kills: 3,
    limit: 1.2,
    variants: (random) => Array.from({ length: 2 + Math.floor(random() * 6) }, () => anySize(random)),
    open: openFolder,
  },
];

/** Kills of ingests into a bucket. */
export const BUCKET_KILLS: readonly KillStore[] = TEST_SERVERS.map((server) => ({
  name: `a bucket of ${server.name}`,
  // The fake is the stand-in where there is no radosgw.
  seeds: thorough && server === TEST_SERVERS.at(-1) ? 50 : 1,
  // A kill costs what is in memory: up to 11 MB of parts, and the small files.
  kills: 1,
  limit: 1.3,
  // With one digest for a whole file, no part of it can be kept.
  digests: "both" as const,
  variants: oneLarge,
  open: () => openBucket(server),
}));
