import { checkNumber, checkObject, optionError, show } from "../checks.js";
import { checkCleanId } from "../clean-text.js";
import { type Clock, systemClock } from "../clock.js";
import { checkDigits, showId } from "./checks.js";
import { importSigningKey, signClaims } from "./signing-key.js";

/** `download` for the first install of an app on a device, `redownload` for later ones. */
export type InstallKind = "download" | "redownload";

/** Options of {@link createInstallTokens}. */
export interface InstallTokensOptions {
  /**
   * The resource id of the distribution key, a UUID: `data.id` in the answer of `client.keys.create`, and of
   * `client.keys.getForApp(appId)` (GET /v1/apps/{id}/alternativeDistributionKey), where `appId` is the marketplace app or,
   * for web distribution, the app itself. It is not the id of the API key. A new key has a new id.
   */
  readonly keyId: string;
  /**
   * The private half of the distribution key: the one whose public half was uploaded under `keyId`. A marketplace uses one
   * key for all its apps, its own and never a developer's; web distribution has a key for each app. The API key of App Store
   * Connect (`AuthKey_….p8`) is another key. SEC1 (`BEGIN EC PRIVATE KEY`, what openssl writes) or PKCS#8
   * (`BEGIN PRIVATE KEY`), as PEM, also with literal `\n` or base64-encoded as a whole.
   */
  readonly privateKey: string;
  /**
   * The Apple ID, digits, of the marketplace that installs; for web distribution, of the app itself. It is sent as a string,
   * as in Apple's documentation; a slide of one of Apple's sessions shows a number.
   */
  readonly issuer: string;
}

/** What one install verification token is for. */
export interface InstallTokenRequest {
  /** The bundle id of the app to install. */
  readonly bundleId: string;
  /**
   * `download` for the first install on this device, `redownload` for later ones. Your service keeps the record of that;
   * Apple uses it for AdAttributionKit.
   */
  readonly kind: InstallKind;
  /** The Apple ID, digits, of the app to install. Makes the install faster. */
  readonly appId?: string | undefined;
  /** The `appleVersionId`, digits, of the version to install: it is in the manifest. Makes the install faster. */
  readonly appVersionId?: string | undefined;
  /**
   * Seconds until the token expires, from 1 to 1200. Apple does not state the longest lifetime: its example has 1200 s.
   * With a shorter one, a token that leaks can be used for less time.
   * @default 600
   */
  readonly lifetime?: number | undefined;
  /**
   * A text that no other token has. Apple asks for a random UUID, and does not state its letter case.
   * @default a new random UUID
   */
  readonly nonce?: string | undefined;
  /**
   * The country of the install, two capital letters as in ISO 3166. It is not in Apple's documentation; one of Apple's
   * sessions of 2025 shows it, for the postbacks of AdAttributionKit.
   * @default not sent
   */
  readonly country?: string | undefined;
}

/** Signs install verification tokens. */
export interface InstallTokens {
  /**
   * A new token. Sign one for each attempt to install: one in a static page or a cached answer would be used several times, and
   * would expire.
   *
   * @throws TypeError if a field is missing or wrong
   */
  sign(request: InstallTokenRequest): Promise<string>;
}

const DEFAULT_LIFETIME = 600;

/**
 * Signs the install verification tokens that every install, redownload and update needs. The key is imported once.
 *
 * @example
 * const tokens = await createInstallTokens({ keyId, privateKey, issuer: "6700000001" });
 * const token = await tokens.sign({ bundleId: "org.example.notes", kind: "download" });
 *
 * @throws TypeError if an option is missing or wrong. The message shows nothing of the key.
 * @see https://developer.apple.com/documentation/appdistribution/supplying-an-install-verification-token
 */
export function createInstallTokens(options: InstallTokensOptions): Promise<InstallTokens> {
  return installTokens(options, systemClock);
}

/** {@link createInstallTokens} on a clock. */
export async function installTokens(
  options: InstallTokensOptions,
  clock: Pick<Clock, "now">,
): Promise<InstallTokens> {
  const keyId = checkKeyId(checkObject("options", options).keyId);
  const issuer = checkDigits("issuer", options.issuer, "the Apple ID of the marketplace or the app");
  const key = await importSigningKey(options.privateKey);
  return {
    async sign(request) {
      const issuedAt = Math.floor(clock.now() / 1000);
      return signClaims(key, { iss: issuer, ...claimsOf(request, issuedAt) }, keyId);
    },
  };
}

function claimsOf(request: InstallTokenRequest, issuedAt: number) {
  const { kind, appId, appVersionId, lifetime = DEFAULT_LIFETIME, country } = checkObject("request", request);
  const bundleId = checkCleanId("bundleId", request.bundleId, "the bundle id of the app to install");
  checkKind(kind);
  if (appId !== undefined) checkDigits("appId", appId, "the app's Apple ID");
  if (appVersionId !== undefined) checkDigits("appVersionId", appVersionId, "the manifest's appleVersionId");
  checkLifetime(lifetime);
  const { nonce: given = crypto.randomUUID() } = request;
  const nonce = checkCleanId("nonce", given, "a text that no other token has");
  if (country !== undefined && !(typeof country === "string" && /^[A-Z]{2}$/.test(country))) {
    throw optionError("country", "two capital letters", showId(country));
  }
  return {
    iat: issuedAt,
    exp: issuedAt + lifetime,
    aud: "AppleDownloadVerification-v1",
    bid: bundleId,
    dtype: kind,
    nonce,
    iid: appId,
    vid: appVersionId,
    ccode: country,
  };
}

/** @throws TypeError unless the value is a lifetime of tokens, in s. */
export function checkLifetime(lifetime: unknown): void {
  checkNumber("lifetime", lifetime, { min: 1, max: 1200, unit: "s", whole: true });
}

/** @throws TypeError unless the value is an {@link InstallKind}. */
export function checkKind(kind: unknown): asserts kind is InstallKind {
  if (kind !== "download" && kind !== "redownload") {
    throw optionError("kind", '"download" or "redownload"', show(kind));
  }
}

function checkKeyId(keyId: unknown): string {
  const expected =
    "the resource id of the distribution key (data.id of GET /v1/apps/{id}/alternativeDistributionKey)";
  const isId = typeof keyId === "string" && /^[\w.-]{1,40}$/.test(keyId);
  if (!isId) throw optionError("keyId", expected, showId(keyId));
  if (!/^(?:AuthKey_)?[a-z0-9]{10}(?:\.p8)?$/i.test(keyId)) return keyId;
  throw optionError("keyId", expected, `${show(keyId)}, which looks like the id of an API key`);
}
