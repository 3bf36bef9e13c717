import { show } from "../../checks.js";
import { IngestError } from "../errors.js";
import { TOP_LEVEL_NAMES } from "../package/layout.js";
import { locationOf, type S3Place } from "./keys.js";
import type { S3Objects } from "./objects.js";
import type { ListedUpload, S3Uploads } from "./uploads.js";

/** Whether a path below a prefix is one of a package. */
function isPackagePath(path: string): boolean {
  return TOP_LEVEL_NAMES.includes(path.split("/")[0] ?? "");
}

/** Whether an object only stands for a folder, as some programs create it. */
export function isFolderObject(path: string): boolean {
  return path === "" || path.endsWith("/");
}

/** Every object below the prefix: its path in the package, and its size. */
export async function listPackage(
  objects: S3Objects,
  { prefix }: S3Place,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const [key, size] of await objects.list(prefix)) {
    if (key !== prefix) sizes.set(key.slice(prefix.length), size);
  }
  return sizes;
}

/**
 * Lists the objects below the prefix, if all of them belong to a package.
 *
 * @throws IngestError with reason `target` if there is any other
 */
export async function listOwnPackage(
  objects: S3Objects,
  place: S3Place,
): Promise<ReadonlyMap<string, number>> {
  const sizes = await listPackage(objects, place);
  for (const path of sizes.keys()) {
    if (isPackagePath(path)) continue;
    const problem = `contains ${show(path)}, which is not part of a package`;
    const advice = "It was left as it is: choose another prefix or move it away";
    throw new IngestError("target", `${locationOf(place)} ${problem}. ${advice}.`);
  }
  return sizes;
}

/** Lists the open uploads of a package's files. Other uploads below the prefix belong to other programs. */
export async function listPackageUploads(uploads: S3Uploads, { prefix }: S3Place): Promise<ListedUpload[]> {
  return (await uploads.list(prefix)).filter(({ key }) => isPackagePath(key.slice(prefix.length)));
}
