import { document } from "../../../generated/document.js";
import type { AppVersionState, Platform } from "../../../generated/paths.js";
import { optionError, show } from "../../checks.js";
import { Rejection } from "../rejection.js";

/** What Apple checks before it makes a package for an App Store version. */
export interface Eligibility {
  /**
   * The version's `appVersionState`. Only `PENDING_DEVELOPER_RELEASE`, `PENDING_APPLE_RELEASE` and
   * `READY_FOR_DISTRIBUTION` can have a package.
   * @default "PENDING_DEVELOPER_RELEASE"
   */
  readonly state?: AppVersionState | undefined;
  /**
   * Only `IOS` can have a package.
   * @default "IOS"
   */
  readonly platform?: Platform | undefined;
  /**
   * The iOS SDK the app was built with. A package needs 16.1 or later.
   * @default "18.0"
   */
  readonly sdk?: string | undefined;
  /**
   * Whether the app is connected to a marketplace or to web distribution.
   * @default true
   */
  readonly connected?: boolean | undefined;
}

const ELIGIBLE_STATES: readonly AppVersionState[] = [
  "PENDING_DEVELOPER_RELEASE",
  "PENDING_APPLE_RELEASE",
  "READY_FOR_DISTRIBUTION",
];

/** @throws TypeError for a state or a platform that Apple does not have. */
export function checkEligibility({ state, platform }: Eligibility): void {
  const { AppVersionState, Platform } = document.components.schemas;
  for (const [name, value, allowed] of [
    ["state", state, AppVersionState?.enum],
    ["platform", platform, Platform?.enum],
  ] as const) {
    if (value === undefined || allowed?.includes(value)) continue;
    throw optionError(name, `${allowed?.join(" or ")}`, show(value));
  }
}

/** @throws Rejection (409) for an App Store version that cannot have a package. */
export function checkEligible(
  { state = "PENDING_DEVELOPER_RELEASE", platform = "IOS", sdk = "18.0", connected = true }: Eligibility,
  source: { readonly pointer: string },
): void {
  const reject = (code: string, detail: string) => new Rejection(409, code, detail, { source });
  if (!ELIGIBLE_STATES.includes(state)) {
    throw reject(
      "STATE_ERROR",
      `The App Store version is ${state}; it must be ${ELIGIBLE_STATES.join(" or ")}.`,
    );
  }
  if (platform !== "IOS") throw reject("ENTITY_ERROR", `The App Store version is for ${platform}, not IOS.`);
  const [major = 0, minor = 0] = sdk.split(".").map(Number);
  if (major < 16 || (major === 16 && minor < 1)) {
    throw reject("ENTITY_ERROR", `The app was built with the SDK ${sdk}; 16.1 or later is needed.`);
  }
  if (!connected) {
    throw reject("ENTITY_ERROR", "The app is not connected to a marketplace or to web distribution.");
  }
}
