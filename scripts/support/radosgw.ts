import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const script = join(import.meta.dirname, "../radosgw.sh");

/** A radosgw that runs, and the key of its user. */
export interface RunningRadosgw {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Ends it, and deletes its folder. */
  stop(): void;
}

/**
 * Starts radosgw in a folder that does not exist yet. It is stopped at the latest when this process exits.
 *
 * @throws Error with the script's exit code (69: not installed) and stderr
 */
export async function startRadosgw(folder: string): Promise<RunningRadosgw> {
  // Below the ports that the system gives to others. The process id keeps two runs apart.
  const port = 20_000 + (process.pid % 4000) * 3;
  const starting = promisify(execFile)(script, ["start", folder, String(port)]);
  const stop = () => {
    process.off("exit", stop);
    // If this process exits early, the script would still start daemons.
    starting.child.kill("SIGKILL");
    execFileSync(script, ["stop", folder]);
  };
  // The daemons outlive this process. First, because another handler may delete the folder.
  process.prependOnceListener("exit", stop);
  const { stdout } = await starting.catch((error: unknown) => {
    // The script has ended its daemons.
    process.off("exit", stop);
    throw error;
  });
  const [url = "", accessKeyId = "", secretAccessKey = ""] = stdout.trim().split(" ");
  return { url, accessKeyId, secretAccessKey, stop };
}
