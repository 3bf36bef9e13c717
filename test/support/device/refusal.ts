/** Why a device does not install. */
export type RefusalReason =
  | "answer" // an answer about updates or restores has another form than Apple's
  | "bytes" // the asset is not the one in the manifest
  | "configuration" // .well-known/marketplace-kit is missing or wrong
  | "https" // a URL without TLS, or a redirect
  | "link" // the link has another form than Apple's
  | "manifest" // the manifest is missing, or does not fit the token or the offer
  | "model" // no variant for this model and system version
  | "page" // the page and the package break the rules about domains
  | "platform" // the package is for another platform
  | "signature" // the signature is missing
  | "system" // the package needs a later system version
  | "token"; // the install verification token is not right

/** A device does not install. */
export class DeviceRefusal extends Error {
  override readonly name = "DeviceRefusal";
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, detail: string) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}

/** @throws DeviceRefusal unless the condition is true */
export function demand(condition: boolean, reason: RefusalReason, detail: string): asserts condition {
  if (!condition) throw new DeviceRefusal(reason, detail);
}
