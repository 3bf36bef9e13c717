import { checkNumber, checkObject, optionError, show } from "../checks.js";
import { checkCleanId } from "../clean-text.js";
import { type Clock, systemClock } from "../clock.js";
import { checkDigits } from "./checks.js";
import { importSigningKey, signClaims } from "./signing-key.js";

/** Options of {@link signMarketplaceToken}. */
export interface MarketplaceTokenOptions {
  /**
   * The private half of the marketplace's distribution key, as in {@link InstallTokensOptions.privateKey}. Apple checks the
   * token with the public half, so that one has to be uploaded first.
   */
  readonly privateKey: string;
  /** The Apple ID of the marketplace: digits. */
  readonly marketplaceId: string;
  /**
   * The developer's Developer ID, which App Store Connect shows under the name of the team in the user's profile. It is a
   * UUID, and not the Team ID. White space around it is removed, because developers send it by mail.
   */
  readonly developerId: string;
  /**
   * Seconds until the token expires, from 1 to 604,799: Apple accepts less than seven days.
   * @default 518_400 (six days)
   */
  readonly lifetime?: number | undefined;
}

const DAY = 86_400;

/**
 * Signs the token that a developer pastes into App Store Connect to offer apps in this marketplace. Apple's text also
 * names a nonce. Its table and its example have none, so it is left out.
 *
 * @throws TypeError if an option is missing or wrong. The message shows nothing of the key.
 */
export function signMarketplaceToken(options: MarketplaceTokenOptions): Promise<string> {
  return marketplaceToken(options, systemClock);
}

/** {@link signMarketplaceToken} on a clock. */
export async function marketplaceToken(
  options: MarketplaceTokenOptions,
  clock: Pick<Clock, "now">,
): Promise<string> {
  const { lifetime = 6 * DAY } = checkObject("options", options);
  const marketplaceId = checkDigits("marketplaceId", options.marketplaceId, "the marketplace's Apple ID");
  const expected = "the developer's Developer ID";
  const developerId = checkCleanId("developerId", options.developerId, expected);
  if (developerId.length > 100) throw optionError("developerId", expected, "a longer text");
  if (/^[A-Z0-9]{10}$/i.test(developerId)) {
    throw optionError("developerId", expected, `${show(developerId)}, which looks like a Team ID`);
  }
  checkNumber("lifetime", lifetime, { min: 1, max: 7 * DAY - 1, unit: "s", whole: true });
  const key = await importSigningKey(options.privateKey);
  const issuedAt = Math.floor(clock.now() / 1000);
  return signClaims(key, {
    iss: marketplaceId,
    iat: issuedAt,
    exp: issuedAt + lifetime,
    aud: "appstoreconnect-v1",
    pid: developerId,
  });
}
