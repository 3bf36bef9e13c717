/**
 * Notifications that Apple posts to a marketplace: verify them, read them, handle each once.
 *
 * @see https://developer.apple.com/documentation/appstoreconnectapi/webhook-notifications
 * @see https://developer.apple.com/documentation/marketplacekit/processing-alternative-marketplace-notifications
 * @module
 */
export type { IngestChange, OfferChange, PackageChange, RemoveChange } from "./changes.js";
export { NotificationBodyError, NotificationSignatureError } from "./errors.js";
export type {
  AlternativeDistributionEvent,
  AlternativeDistributionPackageAvailableUpdated,
  AlternativeDistributionPackageVersionAvailable,
  AlternativeDistributionPackageVersionCreated,
  AlternativeDistributionTerritoryAvailabilityUpdated,
  AppUnavailable,
  AppVersionsUnavailable,
  NotificationDocument,
  NotificationEvent,
  OtherEvent,
  OtherEventType,
} from "./events.js";
export { createNotificationHandler, type NotificationHandlerOptions } from "./handler.js";
export {
  type MissedNotificationsOptions,
  missedNotifications,
  type UnreadableDelivery,
} from "./missed.js";
export type { SeenStore } from "./seen.js";
export { type NotificationSecret, type VerifyNotificationOptions, verifyNotification } from "./verify.js";
