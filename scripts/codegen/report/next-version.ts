/** A package's version now and the next one to publish, and why. */
export interface NextVersion {
  readonly current: string;
  readonly next: string;
  readonly reason: string;
}

/**
 * The next version by semver. Before 1.0.0 a breaking change raises the minor version and a compatible one the
 * patch version; from 1.0.0 on, the major and the minor version.
 */
export function nextVersion(
  current: string,
  changes: readonly { readonly breaking: boolean }[],
): NextVersion {
  const [major = 0, minor = 0, patch = 0] = current.split(/[.+-]/, 3).map(Number);
  if (changes.length === 0) return { current, next: current, reason: "nothing changed for users" };
  const breaking = changes.some((change) => change.breaking);
  const kind = breaking ? "a breaking change" : "compatible changes";
  if (major === 0) {
    const next = breaking ? `0.${minor + 1}.0` : `0.${minor}.${patch + 1}`;
    return {
      current,
      next,
      reason: `${kind}; before 1.0.0 that raises the ${breaking ? "minor" : "patch"} version`,
    };
  }
  const next = breaking ? `${major + 1}.0.0` : `${major}.${minor + 1}.0`;
  return { current, next, reason: `${kind}: that raises the ${breaking ? "major" : "minor"} version` };
}
