/**
 * A local App Store Connect for the alternative-distribution endpoints, to test and try programs against.
 *
 * @module
 */
export type { AssetDefaults, AssetOptions } from "./assets.js";
export type { Clock } from "./clock.js";
export type { OperationId } from "./description.js";
export type { Eligibility } from "./eligibility.js";
export type { Fault, FaultTarget, FileFault, PlacedFault } from "./faults.js";
export type { IndividualCredentials, TeamCredentials } from "./keys.js";
export type { Limits } from "./limits.js";
export type { LoggedRequest } from "./log.js";
export type { NotificationOptions, NotificationType } from "./notifications.js";
export type {
  AddedAppStoreVersion,
  AppStoreVersionOptions,
  PublishedVersion,
  VersionAssets,
} from "./packages.js";
export { createSandbox, type Sandbox, type SandboxOptions } from "./sandbox.js";
export type { ListenOptions, SandboxServer } from "./server.js";
