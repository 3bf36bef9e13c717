import type { Clock } from "../clock.js";
import type { Random } from "./random.js";
import type { PackageSigner } from "./signing/package-signer.js";
import type { State } from "./state/resource.js";

/** What all parts of one sandbox share. */
export interface SandboxContext {
  readonly state: State;
  readonly random: Random;
  readonly clock: Clock;
  readonly signer: PackageSigner;
}
