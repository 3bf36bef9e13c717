import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startRadosgw } from "../../scripts/support/radosgw.js";
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
  try {
    const { stop, ...radosgw } = await startRadosgw(join(parent, "ceph"));
    project.provide("radosgw", radosgw);
    return async () => {
      stop();
      await rm(parent, { recursive: true });
    };
  } catch (error) {
    // Not installed. After another failure the logs are there, and the last line of stderr names them.
    if (error instanceof Error && "code" in error && error.code === 69) await rm(parent, { recursive: true });
    if (process.env.RADOSGW === "required") throw error;
    const stderr = error instanceof Error && "stderr" in error ? `${error.stderr}`.trim() : `${error}`;
    const absent = stderr.split("\n").at(-1) ?? "";
    console.log(`The tests that need radosgw are skipped: ${absent}`);
    project.provide("radosgw", { absent });
    return undefined;
  }
}
