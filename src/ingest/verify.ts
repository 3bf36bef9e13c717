import { checkFunction, checkObject, checkSignal, optionError, show } from "../checks.js";
import { type Clock, systemClock } from "../clock.js";
import type { CdnFetch } from "./download/http-get.js";
import { FolderStore } from "./folder/folder-store.js";
import { checkPlace } from "./options.js";
import { readTrust, type TrustedRoots } from "./package/signature/roots.js";
import type { VerifyReport } from "./package/verify-report.js";
import { stopWith } from "./stop.js";
import type { PackageStore } from "./store.js";
import { ServedClient } from "./verify/served-client.js";
import { ServedSource } from "./verify/served-source.js";
import { isUrl, readPackageUrl } from "./verify/served-url.js";
import { verifySource } from "./verify/verify-source.js";
import { verifyStore } from "./verify/verify-store.js";

/** Options of `verifyPackage`. */
export interface VerifyOptions {
  /**
   * One or more root certificates in PEM that are trusted in place of Apple's, for the sandbox: `sandbox.trust`. All
   * other rules for signatures stay.
   *
   * @default undefined: Apple Root CA - G3 alone is trusted
   */
  readonly trust?: TrustedRoots | undefined;
  /**
   * `full` reads every byte of every asset and checks its digests. `present` only checks that each asset is there with the
   * right length, and over HTTP without content encoding. Manifest and signature are always read.
   *
   * @default "full" for a folder or a store, "present" for a URL
   */
  readonly content?: "full" | "present" | undefined;
  /**
   * A `fetch` for a package at a URL, called `(url: string, init)`, for example to use a proxy. It must pass on
   * `init.signal` and `init.redirect`. A folder does not need it.
   *
   * @default the global fetch
   */
  readonly fetch?: CdnFetch | undefined;
  /**
   * Ends the verification. `verifyPackage` then rejects with the signal's reason.
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Verifies a package in a folder, in a store, or where it is served.
 *
 * - **Signature**: the message, its certificates up to Apple's root, and the signed list of files: the manifest's SHA-256
 *   and exactly the manifest's assets. A certificate has to be valid on the day of the signature, not today.
 * - **Content**: each asset has its chunk digests from the manifest, or, where the manifest has none, the SHA-256 in the
 *   signature. Each file is read once.
 * - **Folder or store**: every file is there with the right size, and nothing else is. Letter case counts.
 *
 * A valid package is exactly what Apple made and signed. That does not prove that the app installs: that depends on the
 * device, the licence and the page that offers it.
 *
 * A URL is the folder's (`https://cdn.example/packages/1234/`), read as a device reads it: without cookies, over https
 * only (plain http on this machine alone), at most 8 files at a time. Nobody can list it, so `added` is always empty. The
 * reasons in the report name the usual causes: bot protection, HTML pages, compression, redirects.
 *
 * A folder that a newer package replaces meanwhile is verified once more, or twice if that happens again.
 *
 * What it finds is never an error: for a folder or a server that cannot be read, it returns a report that says so. A store
 * that cannot be read is an error.
 *
 * @example
 * const { valid, missing, added, corrupt, signature } = await verifyPackage("public/packages/1234");
 *
 * @param place the path of the folder, its URL, or a store. Of a store, every byte is read: metadata proves nothing.
 * @throws IngestError with reason `store` if a store refuses a request or cannot be reached
 * @throws TypeError for a wrong place or wrong options
 */
export async function verifyPackage(
  place: string | PackageStore,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  return verify(place, options, systemClock);
}

/** {@link verifyPackage} on a given clock. */
export async function verify(
  place: string | PackageStore,
  options: VerifyOptions,
  clock: Clock,
): Promise<VerifyReport> {
  checkPlace("place", place);
  const { trust, content, fetch } = checkObject("options", options);
  const roots = readTrust(trust);
  if (content !== undefined && content !== "full" && content !== "present") {
    throw optionError("content", '"full" or "present"', show(content));
  }
  if (fetch !== undefined) checkFunction("fetch", fetch);
  checkSignal(options.signal);
  options.signal?.throwIfAborted();
  const { stop, release } = stopWith(options.signal);
  const { signal } = stop;
  try {
    if (typeof place === "object" || !isUrl(place)) {
      const store = typeof place === "object" ? place : new FolderStore(place);
      return await verifyStore(store, { roots, content: content ?? "full", signal, clock });
    }
    const base = readPackageUrl("place", place);
    // Not globalThis.fetch itself, so that a replacement made later is used.
    const client = new ServedClient({ fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)), clock });
    const source = new ServedSource(client, base, signal);
    return await verifySource(source, { roots, content: content ?? "present", signal });
  } finally {
    release();
  }
}
