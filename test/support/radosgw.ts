import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { thorough } from "./thorough.js";

/** A radosgw that runs, or why there is none. */
export type Radosgw =
  | { readonly url: string; readonly accessKeyId: string; readonly secretAccessKey: string }
  | { readonly absent: string };

declare module "vitest" {
  export interface ProvidedContext {
    radosgw: Radosgw;
  }
}

const script = fileURLToPath(new URL("../../scripts/radosgw.sh", import.meta.url));
const run = promisify(execFile);

/** Below the ports that the system gives to others. The process id keeps two test runs apart. */
function choosePort(): number {
  return 20_000 + (process.pid % 4000) * 3;
}

/**
 * Starts radosgw once for a whole thorough test run; tests get it with `inject("radosgw")`. Where it cannot be started,
 * the tests that need it are skipped. With the environment variable RADOSGW=required, as in CI, the run fails instead.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!thorough) {
    project.provide("radosgw", { absent: "radosgw is used by npm run test:thorough only" });
    return undefined;
  }
  const parent = await mkdtemp(join(tmpdir(), "radosgw-test-"));
  const folder = join(parent, "ceph");
  try {
    const { stdout } = await run(script, ["start", folder, `${choosePort()}`]);
    const [url = "", accessKeyId = "", secretAccessKey = ""] = stdout.trim().split(" ");
    project.provide("radosgw", { url, accessKeyId, secretAccessKey });
  } catch (error) {
    if (process.env.RADOSGW === "required") throw error;
    await rm(parent, { recursive: true });
    const stderr = error instanceof Error && "stderr" in error ? `${error.stderr}`.trim() : `${error}`;
    const absent = stderr.split("\n").at(-1) ?? "";
    console.log(`The tests that need radosgw are skipped: ${absent}`);
    project.provide("radosgw", { absent });
    return undefined;
  }
  return async () => {
    await run(script, ["stop", folder]);
    await rm(parent, { recursive: true });
  };
}
