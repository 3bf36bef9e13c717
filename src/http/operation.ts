import { endpoints } from "../../generated/endpoints.js";

export type OperationId = keyof typeof endpoints;

let byRoute: Map<string, OperationId> | undefined;

/** Apple's operationId for an upper-case method and a path with its ids filled in; `undefined` if we do not cover it. */
export function operationId(method: string, path: string): OperationId | undefined {
  if (!byRoute) {
    byRoute = new Map();
    for (const [id, endpoint] of Object.entries(endpoints)) {
      byRoute.set(`${endpoint.method.toUpperCase()} ${endpoint.path}`, id as OperationId);
    }
  }
  const segments = path.split("/");
  // Apple's paths are /v1/resource/{id}/…: the id is always the fourth piece.
  if (segments.length > 3) segments[3] = "{id}";
  return byRoute.get(`${method} ${segments.join("/")}`);
}
