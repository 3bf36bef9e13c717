import { paths, type Route } from "./description.js";
import { ApiError } from "./errors.js";

/** The operations of a path and the id in it. */
export interface Match {
  readonly methods: ReadonlyMap<string, Route>;
  readonly id: string;
}

/** The description's templates hold at most one `{id}`; here is what stands before it in each. */
const beforeId = [...new Set([...paths.keys()].flatMap((path) => path.split("{id}").slice(0, -1)))];

export function matchPath(pathname: string): Match | undefined {
  const methods = paths.get(pathname);
  if (methods) return { methods, id: "" };
  for (const start of beforeId) {
    if (!pathname.startsWith(start)) continue;
    const slash = pathname.indexOf("/", start.length);
    const end = slash < 0 ? pathname.length : slash;
    const methods = paths.get(`${start}{id}${pathname.slice(end)}`);
    if (methods && end > start.length) return { methods, id: decoded(pathname.slice(start.length, end)) };
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
