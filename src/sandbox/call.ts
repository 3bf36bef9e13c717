import type { RequestDocument } from "./body.js";
import type { Cdn } from "./cdn.js";
import type { Clock } from "./clock.js";
import type { Route } from "./description.js";
import { ApiError } from "./errors.js";
import type { ApiKey } from "./keys.js";
import type { Random } from "./random.js";
import type { SandboxRequest } from "./reply.js";
import type { Resource, State } from "./state.js";

/** What the operations work on. */
export interface Dependencies {
  readonly state: State;
  readonly random: Random;
  readonly now: Clock;
  readonly cdn: Cdn;
  readonly createPackage: (document: RequestDocument) => Resource;
}

/** A request whose token and path were found good. */
export interface ApiCall {
  readonly route: Route;
  readonly id: string;
  readonly url: URL;
  readonly key: ApiKey;
  readonly request: SandboxRequest;
  /** Where signed URLs in the answer point. */
  readonly cdnOrigin: string;
}

/** The resource the path names. */
export function found({ route, id }: ApiCall, state: State): Resource {
  const resource = state.get(route.type, id);
  if (resource) return resource;
  throw new ApiError(404, "NOT_FOUND", `There is no resource of type '${route.type}' with id '${id}'.`);
}
