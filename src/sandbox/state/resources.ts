import type { SandboxContext } from "../context.js";
import type { Send } from "../send-notification.js";
import { SandboxAppStoreVersions } from "./app-store-versions.js";
import { SandboxApps } from "./apps.js";
import { createDomainRules, keyRules } from "./keys-and-domains.js";
import { SandboxPackageVersions } from "./package-versions.js";
import { type PackageBuilding, SandboxPackages } from "./packages.js";
import type { ResourceRules } from "./rules.js";
import { SandboxWebhooks } from "./webhooks.js";

/**
 * The resource types of a sandbox that do more than the generated description says, or whose attributes and
 * relationships do not come from requests. A new one gets its own file and an entry here.
 */
export function createResources(context: SandboxContext, building: PackageBuilding, send: Send) {
  const apps = new SandboxApps(context);
  const appStoreVersions = new SandboxAppStoreVersions(context, apps);
  const packageVersions = new SandboxPackageVersions(context);
  const packages = new SandboxPackages(context, appStoreVersions, packageVersions, building);
  const webhooks = new SandboxWebhooks(context, send);
  const rules: Readonly<Record<string, ResourceRules>> = {
    apps: apps.rules,
    appStoreVersions: appStoreVersions.rules,
    alternativeDistributionPackages: packages.rules,
    alternativeDistributionPackageVersions: packageVersions.rules,
    alternativeDistributionPackageVariants: {},
    alternativeDistributionPackageDeltas: {},
    alternativeDistributionKeys: keyRules,
    alternativeDistributionDomains: createDomainRules(context.state),
    ...webhooks.rules,
  };
  return { apps, appStoreVersions, packages, webhooks, rules };
}
