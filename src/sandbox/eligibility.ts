import { ApiError } from "./errors.js";

/** What Apple looks at before it makes a package for an App Store version. */
export interface Eligibility {
  /** The version's `appVersionState`. Default `PENDING_DEVELOPER_RELEASE`; `IN_REVIEW` is refused, for example. */
  readonly state?: string;
  /** Default `IOS`; any other platform is refused. */
  readonly platform?: string;
  /** The iOS SDK it was built with. Default `18.0`; before `16.1` it is refused. */
  readonly sdk?: string;
  /** Whether the app is connected to a marketplace or to web distribution. Default true. */
  readonly connected?: boolean;
}

const ELIGIBLE_STATES = ["PENDING_DEVELOPER_RELEASE", "PENDING_APPLE_RELEASE", "READY_FOR_DISTRIBUTION"];

export function checkEligible(
  { state = "PENDING_DEVELOPER_RELEASE", platform = "IOS", sdk = "18.0", connected = true }: Eligibility,
  source: { readonly pointer: string },
): void {
  if (!ELIGIBLE_STATES.includes(state)) {
    throw refused(
      "STATE_ERROR",
      `The App Store version is ${state}; it must be ${ELIGIBLE_STATES.join(" or ")}.`,
    );
  }
  if (platform !== "IOS") throw refused("ENTITY_ERROR", `The App Store version is for ${platform}, not IOS.`);
  const [major = 0, minor = 0] = sdk.split(".").map(Number);
  if (major < 16 || (major === 16 && minor < 1)) {
    throw refused("ENTITY_ERROR", `The app was built with the SDK ${sdk}; 16.1 or later is needed.`);
  }
  if (!connected)
    throw refused("ENTITY_ERROR", "The app is connected to no marketplace and no web distribution.");

  function refused(code: string, detail: string): ApiError {
    return new ApiError(409, code, detail, { source });
  }
}
