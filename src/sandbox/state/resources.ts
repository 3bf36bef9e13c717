import type { SandboxContext } from "../context.js";
import { AppStoreVersions } from "./app-store-versions.js";
import { PackageVersions } from "./package-versions.js";
import { Packages } from "./packages.js";
import type { ResourceRules } from "./rules.js";

/**
 * The resource types of a sandbox that do more than the generated description says, or whose attributes and
 * relationships do not come from requests. Another one gets a file of its own and an entry here.
 */
export function createResources(
  context: SandboxContext,
  { versionDelay }: { readonly versionDelay: number },
) {
  const appStoreVersions = new AppStoreVersions(context);
  const packageVersions = new PackageVersions(context);
  const packages = new Packages(context, appStoreVersions, packageVersions, versionDelay);
  const rules: Readonly<Record<string, ResourceRules>> = {
    apps: {},
    appStoreVersions: appStoreVersions.rules,
    alternativeDistributionPackages: packages.rules,
    alternativeDistributionPackageVersions: packageVersions.rules,
    alternativeDistributionPackageVariants: {},
    alternativeDistributionPackageDeltas: {},
  };
  return { appStoreVersions, packages, rules };
}
