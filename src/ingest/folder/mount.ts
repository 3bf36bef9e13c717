import { rename } from "node:fs";
import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { diskCode } from "./disk.js";

const renameAsync = promisify(rename);

/** Whether a folder is a mount point, which cannot be renamed. */
export async function isMountPoint(folder: string): Promise<boolean> {
  if ((await lstat(folder)).dev !== (await lstat(dirname(folder))).dev) return true;
  // Windows reports EBUSY for what follows.
  if (process.platform === "win32") return false;
  // A bind mount may show its parent's device. This rename changes nothing, because no folder can be moved into itself,
  // but the system reports EINVAL for a usual folder, and EXDEV or EBUSY for a mount point.
  const code = await renameAsync(folder, join(folder, "x")).then(() => undefined, diskCode);
  return code === "EXDEV" || code === "EBUSY";
}
