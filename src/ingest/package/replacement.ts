import { show } from "../../checks.js";
import { IngestError } from "../errors.js";
import type { Manifest } from "./manifest.js";
import { parseManifest } from "./parse-manifest.js";

// What all packages of one app have in common.
const APP_FIELDS = ["appleItemId", "bundleId"];

/** Why a package may not replace another one. */
interface Refusal {
  /** `target`: the other one is of another app. `older-version`: the other one is a newer revision of the same version. */
  readonly reason: "target" | "older-version";
  readonly problem: string;
}

/** Why a package may not replace another one, or undefined if it may. */
function findRefusal(current: Manifest, next: Manifest): Refusal | undefined {
  const field = APP_FIELDS.find((name) => current[name] !== next[name]);
  if (field !== undefined) {
    const values = `${field} ${show(current[field])}, not ${show(next[field])}`;
    return { reason: "target", problem: `contains a package of another app (${values})` };
  }
  if (current.appleVersionId !== next.appleVersionId) return undefined;
  const { distributionPackageRevision: currentRevision } = current;
  const { distributionPackageRevision: nextRevision } = next;
  if (typeof currentRevision !== "number" || typeof nextRevision !== "number") return undefined;
  if (currentRevision <= nextRevision) return undefined;
  const problem = `contains a newer revision of this package (${currentRevision}, not ${nextRevision})`;
  return { reason: "older-version", problem };
}

function parseIfValid(bytes: Buffer): Manifest | undefined {
  try {
    return parseManifest(bytes).manifest;
  } catch (error) {
    if (error instanceof IngestError) return undefined;
    throw error;
  }
}

/**
 * Refuses to replace a package of another app, or a newer revision. A package with an invalid manifest may be replaced.
 *
 * @param current the manifest of the package at `location`
 * @throws IngestError with reason `target` or `older-version`
 */
export function checkReplaceable(location: string, current: Buffer, next: Manifest): void {
  const manifest = parseIfValid(current);
  const refusal = manifest && findRefusal(manifest, next);
  if (!refusal) return;
  const { reason, problem } = refusal;
  const advice = reason === "target" ? ": choose another place or move it away" : "";
  throw new IngestError(reason, `${location} ${problem}. It was left as it is${advice}.`);
}
