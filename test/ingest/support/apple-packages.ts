import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `manifest.json` and `signature` of one of Apple's packages. */
export interface ApplePackage {
  name: string;
  manifest: Buffer;
  signature: Buffer;
}

// Apple's packages are not part of this project: these tests run where the environment says where they are.
const folder = process.env.APPLE_PACKAGES;

/** The packages in APPLE_PACKAGES. None if it is not set. */
export const applePackages: ApplePackage[] =
  folder === undefined
    ? []
    : readdirSync(folder).map((name) => ({
        name,
        manifest: readFileSync(join(folder, name, "manifest.json")),
        signature: readFileSync(join(folder, name, "signature")),
      }));
