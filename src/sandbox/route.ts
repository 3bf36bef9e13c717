import { paths, type Route } from "./description.js";
import { ApiError } from "./errors.js";

/** The operations of a path and the id in it. */
export interface Match {
  readonly methods: ReadonlyMap<string, Route>;
  readonly id: string;
}

/** The description's templates hold at most one `{id}`; here is every position it stands at. */
const idPositions = new Set(
  [...paths.keys()].map((path) => path.split("/").indexOf("{id}")).filter((at) => at > 0),
);

export function matchPath(pathname: string): Match | undefined {
  const methods = paths.get(pathname);
  if (methods) return { methods, id: "" };
  const segments = pathname.split("/");
  for (const position of idPositions) {
    const id = segments[position];
    if (!id) continue;
    const template = segments.with(position, "{id}").join("/");
    const methods = paths.get(template);
    if (methods) return { methods, id: decoded(id) };
  }
  return undefined;
}

export function routeFor(match: Match | undefined, method: string, pathname: string): Route {
  if (!match) throw new ApiError(404, "PATH_ERROR", `The path ${pathname} does not exist here.`);
  const route = match.methods.get(method);
  if (route) return route;
  const allowed = [...match.methods.keys()].join(", ");
  throw new ApiError(405, "METHOD_NOT_ALLOWED", `${pathname} takes ${allowed}, not ${method}.`, {
    headers: { allow: allowed },
  });
}

function decoded(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
