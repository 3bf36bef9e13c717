import type { SandboxCdn } from "../cdn.js";
import type { SandboxContext } from "../context.js";
import type { SandboxRequest } from "../exchange.js";
import type { SandboxKey } from "../keys.js";
import { Rejection } from "../rejection.js";
import type { Resource, State } from "../state/resource.js";
import type { ResourceRules } from "../state/rules.js";
import type { Coverage } from "./coverage.js";
import type { Route } from "./operations.js";

export interface ApiParts {
  readonly context: SandboxContext;
  readonly cdn: SandboxCdn;
  /** By resource type. */
  readonly rules: Readonly<Record<string, ResourceRules>>;
  readonly coverage: Coverage;
}

/** A request whose token and path were accepted. */
export interface AcceptedRequest {
  readonly route: Route;
  /** The id in the path; empty if there is none. */
  readonly id: string;
  readonly url: URL;
  readonly key: SandboxKey;
  readonly request: SandboxRequest;
  /** The origin of signed URLs in the answer. */
  readonly cdnOrigin: string;
}

/**
 * The resource with the id in the path.
 * @throws Rejection (404)
 */
export function resourceInPath({ route, id }: AcceptedRequest, state: State): Resource {
  const resource = state.of(route.type).get(id);
  if (resource) return resource;
  throw new Rejection(404, "NOT_FOUND", `There is no resource of type '${route.type}' with id '${id}'.`);
}
