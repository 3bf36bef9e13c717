import { show } from "../../checks.js";
import type { Manifest } from "./manifest.js";

// What all packages of one app have in common.
const APP_FIELDS = ["appleItemId", "bundleId"];

/**
 * Why a package may not replace another one, or undefined if it may: the other one is of another app, or a newer
 * revision of the same version.
 */
export function replacementProblem(current: Manifest, next: Manifest): string | undefined {
  const field = APP_FIELDS.find((name) => current[name] !== next[name]);
  if (field !== undefined) {
    const values = `${field} ${show(current[field])}, not ${show(next[field])}`;
    return `contains a package of another app (${values})`;
  }
  if (current.appleVersionId !== next.appleVersionId) return undefined;
  const { distributionPackageRevision: currentRevision } = current;
  const { distributionPackageRevision: nextRevision } = next;
  if (typeof currentRevision !== "number" || typeof nextRevision !== "number") return undefined;
  if (currentRevision <= nextRevision) return undefined;
  return `contains a newer revision of this package (${currentRevision}, not ${nextRevision})`;
}
