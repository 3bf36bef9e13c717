/**
 * The documents that devices and your service exchange, as Apple's documentation describes them. They are not
 * generated, because Apple's OpenAPI file describes only Apple's API and not your servers.
 *
 * @see https://developer.apple.com/documentation/appdistribution/installing-apps-from-your-website
 * @see https://developer.apple.com/documentation/appdistribution/installing-apps-from-an-alternative-marketplace
 */

/** Where devices ask for updates. */
export interface UpdatesEndpoint {
  /** An https URL. */
  readonly url: string;
  /**
   * The smallest number of hours between two checks: a whole number, 24 or more. Devices never ask more often than once
   * in 24 hours.
   */
  readonly pollingInterval: number;
}

/** The URLs, all https, of a service that licenses apps. */
export interface LicenseEndpoints {
  readonly dynamicLicenseURL: string;
  readonly licenseRenewalURL: string;
  /** Where the device sends people who have no licence. Without it, it shows them an alert. */
  readonly licenseResolutionURL?: string | undefined;
  readonly signingCertificateURL: string;
  readonly encryptionCertificateURL: string;
}

/** The endpoints that devices use, for all apps or for one. */
export interface AppEndpoints {
  /** The https URL where devices ask for apps to restore. */
  readonly restore: string;
  readonly updates: UpdatesEndpoint;
  readonly license?: LicenseEndpoints | undefined;
}

/** The file `/.well-known/marketplace-kit`. */
export interface MarketplaceKitConfiguration extends AppEndpoints {
  /** By an app's Apple ID: a whole configuration in place of the one for all apps. */
  readonly overridesByAppleItemID?: Readonly<Record<string, AppEndpoints>> | undefined;
}

/** An app in a device's request. */
export interface RequestedApp {
  /** The Apple ID of the app: digits. */
  readonly appleItemId: string;
  /** The version on the device, or the one that it had: digits. Devices may leave it out. */
  readonly appleVersionId?: string | undefined;
}

/** What a device posts to ask for updates or restores. */
export interface DeviceRequest {
  readonly apps: readonly RequestedApp[];
  /** In lower case: `ios`. */
  readonly platform: string;
  /** For example `18.1`. */
  readonly osVersion: string;
}

/** An app that the device may install. */
export interface OfferedApp {
  readonly appleItemId: string;
  readonly appleVersionId: string;
  /** The URL of the package's folder. */
  readonly alternativeDistributionPackage: string;
  /** A token for this install only. */
  readonly installVerificationToken: string;
  /** The product page, for the Share Sheet. */
  readonly appShareURL?: string | undefined;
}

/** An app that the device may update. */
export interface OfferedUpdate extends OfferedApp {
  readonly bundleVersion: string;
  readonly shortVersionString: string;
}

/** An app that the device cannot get. */
export interface FailedApp extends RequestedApp {
  /** Apple names one code: 404, the app is not available. */
  readonly failure: { readonly code: number; readonly description: string };
}

/** The answer to a request for updates. */
export interface UpdatesDocument {
  readonly updates: readonly OfferedUpdate[];
  readonly failures?: readonly FailedApp[] | undefined;
}

/** The answer to a request for restores. */
export interface RestoresDocument {
  readonly restores: readonly OfferedApp[];
  readonly failures?: readonly FailedApp[] | undefined;
}
