import { checkObject, optionError } from "../checks.js";
import { checkFolderUrl, checkHttpsUrl, checkSecret } from "./checks.js";

/** Options of {@link installLink}. */
export interface InstallLinkOptions {
  /**
   * The https URL of the package's folder, which holds `manifest.json`. It is passed on as it is, with or without a final
   * slash. Its host must be that of the page: see {@link checkInstallPage}.
   */
  readonly packageUrl: string;
  /** A new install verification token: see {@link createInstallTokens}. */
  readonly token: string;
  /** Your id of the user. The device groups apps by it when it asks for restores, and sends it when the user signs in again. */
  readonly account?: string | undefined;
  /**
   * A text that the device sends to your token endpoint as `subject_token`. Only if downloads need authorization: without
   * it, the device downloads without an access token.
   */
  readonly authorization?: string | undefined;
  /** The https URL of the app's product page, for the Share Sheet. */
  readonly shareUrl?: string | undefined;
}

/**
 * The link that installs a marketplace app or a web-distribution app when a person taps it. The apps *of* a marketplace are
 * not installed by link, but by the marketplace app. Apple does not state how values are escaped: all are percent-encoded,
 * with `%20` for a space, so that the link can be used in an HTML attribute, with `&amp;` for `&`.
 *
 * @throws TypeError if an option is missing or wrong. The message shows no value of an option.
 * @see https://developer.apple.com/documentation/marketplacekit/marketplacekiturischeme
 */
export function installLink(options: InstallLinkOptions): string {
  const { packageUrl, token, account, authorization, shareUrl } = checkObject("options", options);
  const query = [
    `alternativeDistributionPackage=${encode("packageUrl", packageUrl, checkFolderUrl)}`,
    `installVerificationToken=${encode("token", token, checkSecret)}`,
    authorization !== undefined && `token=${encode("authorization", authorization, checkSecret)}`,
    account !== undefined && `account=${encode("account", account, checkSecret)}`,
    shareUrl !== undefined && `appShareURL=${encode("shareUrl", shareUrl, checkHttpsUrl)}`,
  ];
  return `marketplace-kit://install?${query.filter(Boolean).join("&")}`;
}

/** Checks a value, and percent-encodes all of it but letters, digits and `-._~` (RFC 3986). */
function encode(name: string, value: string, check: (name: string, value: unknown) => string): string {
  if (/\p{Surrogate}/u.test(check(name, value))) {
    throw optionError(name, "well-formed text", "a text with an unpaired surrogate");
  }
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
