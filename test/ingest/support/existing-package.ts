import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folders.js";
import { delta, servePackage, variant } from "./package-server.js";
import { ingestPackage } from "./trusted.js";

export const a = variant("a", 5000);
export const b = variant("b", 70_000, 1000);
export const d = delta("d", 3000);
export const app = { bundleId: "com.example", appleItemId: "1", appleVersionId: "7" };

/** A server, and a complete package of its first version at `directory`. */
export async function existingPackage() {
  const server = await servePackage([a, b]);
  server.publish([a, b], { ...app, distributionPackageRevision: 1 });
  const folder = temporaryFolder();
  const options = { versionId: "version", directory: join(folder, "p") };
  await ingestPackage(server.client, options);
  server.cdn.length = 0;
  return { server, folder, options, directory: options.directory };
}

/** Changes one bit of a file. */
export function flipBit(file: string, at: number): void {
  const content = readFileSync(file);
  content[at] = (content[at] ?? 0) ^ 1;
  writeFileSync(file, content);
}
