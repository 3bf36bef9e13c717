/**
 * From a served package to an installed app: tokens, links, and the answers that devices expect. Uses only web standards.
 *
 * @see https://developer.apple.com/documentation/appdistribution/supplying-an-install-verification-token
 * @see https://developer.apple.com/documentation/appdistribution/installing-apps-from-your-website
 * @module
 */
export {
  type AltStoreApp,
  type AltStoreVersion,
  type AltStoreVersionOptions,
  altStoreApp,
  altStoreVersion,
} from "./altstore.js";
export { marketplaceKitConfiguration } from "./configuration.js";
export type { DeviceHandlerOptions, ServedApp, WantedApp } from "./device-handler.js";
export type {
  AppEndpoints,
  FailedApp,
  LicenseEndpoints,
  MarketplaceKitConfiguration,
  OfferedApp,
  OfferedUpdate,
  RequestedApp,
  RestoresDocument,
  UpdatesDocument,
  UpdatesEndpoint,
} from "./documents.js";
export { type InstallLinkOptions, installLink } from "./link.js";
export { type MarketplaceTokenOptions, signMarketplaceToken } from "./marketplace-token.js";
export {
  checkInstallPage,
  type InstallPageOptions,
  type InstallPageProblem,
  type InstallPageReport,
} from "./page.js";
export { createRestoreHandler } from "./restores.js";
export {
  createInstallTokens,
  type InstallKind,
  type InstallTokenRequest,
  type InstallTokens,
  type InstallTokensOptions,
} from "./tokens.js";
export { createUpdatesHandler } from "./updates.js";
