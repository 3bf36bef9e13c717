import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../../src/sandbox/index.js";

/** A sandbox over HTTP, a file with its API key, and a temporary folder, for one test. */
export interface Account {
  readonly sandbox: Sandbox;
  readonly url: string;
  readonly folder: string;
  readonly keyFile: string;
  /** The flags that connect the command to the sandbox. */
  readonly flags: readonly string[];
  /** The flags with which `ingest` and `verify` trust the sandbox's signatures. */
  readonly trust: readonly string[];
}

/** Writes fastlane's JSON key file. */
export function writeKeyFile(
  path: string,
  key: { keyId: string; issuerId?: string; privateKey: string },
): string {
  writeFileSync(path, JSON.stringify({ key_id: key.keyId, issuer_id: key.issuerId, key: key.privateKey }));
  return path;
}

export async function openAccount(options: SandboxOptions = {}): Promise<Account> {
  const sandbox = createSandbox({ seed: "cli", ...options });
  const { url, close } = await sandbox.listen();
  const folder = mkdtempSync(join(tmpdir(), "adp-test-"));
  // Not in `folder`: tests look at what is there.
  const trustFolder = mkdtempSync(join(tmpdir(), "adp-trust-"));
  writeFileSync(join(trustFolder, "root.pem"), sandbox.trust);
  onTestFinished(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(trustFolder, { recursive: true, force: true });
  });
  const keyFile = writeKeyFile(join(folder, "key.json"), sandbox.credentials);
  const flags = ["--base-url", url, "--key-file", keyFile];
  return { sandbox, url, folder, keyFile, flags, trust: ["--trust", join(trustFolder, "root.pem")] };
}
