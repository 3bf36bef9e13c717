/**
 * A local App Store Connect for the alternative-distribution endpoints, to test and try programs against.
 *
 * @module
 */
export type { OperationId } from "../http/url.js";
export type { ListenOptions, SandboxServer } from "./adapters/server.js";
export type { Limits } from "./api/limits.js";
export type { FileFault } from "./cdn.js";
export { createSandbox } from "./create-sandbox.js";
export type { Fault, FaultTarget, PlacedFault } from "./faults.js";
export type { IndividualCredentials, TeamCredentials } from "./keys.js";
export type { LoggedRequest } from "./log.js";
export type { NotificationContent, NotificationOptions, NotificationType } from "./notifications.js";
export type { Sandbox, SandboxOptions } from "./sandbox.js";
export type { SignatureFault } from "./signing/package-signer.js";
export type { AddedAppStoreVersion, AppStoreVersionOptions } from "./state/app-store-versions.js";
export type { AddedApp, AppOptions } from "./state/apps.js";
export type { AssetDefaults, AssetOptions } from "./state/assets.js";
export type { Eligibility } from "./state/eligibility.js";
export type { DigestKind } from "./state/manifest.js";
export type { PublishedVersion, VersionAssets } from "./state/package-versions.js";
export type { DeliveryResult } from "./state/webhooks.js";
