import { show } from "../../checks.js";
import type { Manifest } from "./manifest.js";

// What all packages of one app have in common.
const APP_FIELDS = ["appleItemId", "bundleId"];

/** Why a package may not replace another one. */
interface Refusal {
  /** `target`: the other one is of another app. `older-version`: the other one is a newer revision of the same version. */
  readonly reason: "target" | "older-version";
  readonly problem: string;
}

/** Why a package may not replace another one, or undefined if it may. */
export function findRefusal(current: Manifest, next: Manifest): Refusal | undefined {
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
