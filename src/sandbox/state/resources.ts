import type { SandboxContext } from "../context.js";
import { SandboxAppStoreVersions } from "./app-store-versions.js";
import { SandboxPackageVersions } from "./package-versions.js";
import { SandboxPackages } from "./packages.js";
import type { ResourceRules } from "./rules.js";

/**
 * The resource types of a sandbox that do more than the generated description says, or whose attributes and
 * relationships do not come from requests. Another one gets a file of its own and an entry here.
 */
export function createResources(
  context: SandboxContext,
  { versionDelay }: { readonly versionDelay: number },
) {
  const appStoreVersions = new SandboxAppStoreVersions(context);
  const packageVersions = new SandboxPackageVersions(context);
  const packages = new SandboxPackages(context, appStoreVersions, packageVersions, versionDelay);
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
