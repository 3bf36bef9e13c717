import { createHash } from "node:crypto";
import type { Manifest } from "../../../src/ingest/index.js";
import { isObject } from "../../../src/json.js";
import { demand } from "./refusal.js";

/** What a device is. */
export interface DeviceModel {
  /** For example `iPhone15,2`. */
  readonly model: string;
  /** For example `18.1`. */
  readonly os: string;
}

type Entry = Manifest["variants"][number] | NonNullable<Manifest["deltas"]>[number];

function versionAsNumber(version: unknown): number {
  const [major = 0, minor = 0, patch = 0] = String(version).split(".").map(Number);
  return major * 1e6 + minor * 1e3 + patch;
}

export function isAtLeast(version: string, minimum: unknown): boolean {
  return versionAsNumber(version) >= versionAsNumber(minimum);
}

/** The highest system version of a list of targets that fits this device; -1 if none does. */
function bestTarget(targets: unknown, { model, os }: DeviceModel): number {
  const fitting = (Array.isArray(targets) ? targets : [])
    .filter((target) => isObject(target) && target.device === model && isAtLeast(os, target.os))
    .map((target) => versionAsNumber(target.os));
  return Math.max(-1, ...fitting);
}

/**
 * The asset that this device downloads: a delta from the installed version if there is one, else the variant.
 *
 * @throws DeviceRefusal if no variant is for this device
 */
export function chooseAsset(manifest: Manifest, device: DeviceModel, installedVersion: string | undefined) {
  const ranked = manifest.variants
    .map((entry) => ({ entry, rank: bestTarget(entry.installTargets, device) }))
    .sort((a, b) => b.rank - a.rank);
  const [best] = ranked;
  demand(
    best !== undefined && best.rank >= 0,
    "model",
    `no variant is for ${device.model} with ${device.os}`,
  );
  const variant = best.entry;
  const delta = manifest.deltas?.find(({ sourceVariant, targetVariantAssetPath }) => {
    if (!isObject(sourceVariant) || sourceVariant.appleVersionId !== installedVersion) return false;
    return (
      targetVariantAssetPath === variant.assetPath && bestTarget(sourceVariant.installTargets, device) >= 0
    );
  });
  return delta
    ? { kind: "delta" as const, entry: delta, details: delta.deltaDetails }
    : { kind: "variant" as const, entry: variant, details: variant.variantDetails };
}

/** @throws DeviceRefusal unless these are the asset's bytes, as far as the manifest says what they are */
export function checkBytes({ assetPath }: Entry, details: AssetDetails, bytes: Uint8Array): void {
  demand(bytes.length === details.compressedSize, "bytes", `${assetPath} has ${bytes.length} bytes`);
  for (const { algorithm, chunkSize, encryptedChunkDigests } of details.hashes ?? []) {
    // The manifests of one year have digests of the decrypted chunks alone.
    if (!Array.isArray(encryptedChunkDigests) || encryptedChunkDigests.length === 0) continue;
    for (const [chunk, digest] of encryptedChunkDigests.entries()) {
      const part = bytes.subarray(chunk * Number(chunkSize), (chunk + 1) * Number(chunkSize));
      const found = createHash(algorithm).update(part).digest("hex");
      demand(found === digest, "bytes", `chunk ${chunk} of ${assetPath} is another one`);
    }
  }
}

type AssetDetails = Manifest["variants"][number]["variantDetails"];
