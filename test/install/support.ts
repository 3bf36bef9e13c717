import type { Manifest } from "../../src/ingest/index.js";
import { installTokens } from "../../src/install/tokens.js";
import { newKey } from "../support/keys.js";

export const keyId = "0b9f1c2e-5a77-4d0e-9a53-6f0c1d2e3f40";
export const issuer = "6700000001";
export const { privateKey, publicKey, key } = newKey();

/** A moment, in ms. */
export const now = 1_798_000_000_400;

/** Tokens signed at {@link now}. */
export const tokens = await installTokens({ keyId, privateKey, issuer }, { now: () => now });

/** A package's manifest with what `./install` reads of it. */
export function manifestWith(fields: Record<string, unknown> = {}): Manifest {
  const asset = (folder: string, id: string, compressedSize: number) => ({
    publicId: id,
    assetPath: `${folder}/${id}.ipa`,
    [`${folder}Details`]: { compressedSize, hashes: [] },
  });
  const manifest: Record<string, unknown> = {
    appleItemId: "6700000042",
    appleVersionId: "880000123",
    bundleId: "org.example.notes",
    bundleVersion: "7",
    shortVersionString: "2.0.1",
    platforms: ["ios"],
    minimumSystemVersions: { ios: "17.4" },
    variants: [asset("variant", "v1", 1000), asset("variant", "v2", 3000)],
    deltas: [asset("delta", "d1", 10)],
    ...fields,
  };
  return manifest as unknown as Manifest; // some tests want a manifest that is wrong
}
