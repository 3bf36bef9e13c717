import { type ApiCall, type Dependencies, found } from "./call.js";
import { ApiError } from "./errors.js";
import { linkTo, pageOf } from "./paging.js";
import { readQuery } from "./query.js";
import { includedOf, linkage, prepare, renderResource, type View } from "./render.js";
import type { Reply } from "./reply.js";
import { type Resource, relatedTo } from "./state.js";
import { create, remove, update } from "./write.js";

/** Answers any operation of the description: what it does follows from its path and method. */
export async function answerApi(call: ApiCall, dependencies: Dependencies): Promise<Reply> {
  const { route, url, cdnOrigin } = call;
  checkAccept(call.request.headers.get("accept"));
  const view: View = { origin: url.origin, query: readQuery(route, url), cdn: dependencies.cdn, cdnOrigin };
  if (route.method === "DELETE") {
    remove(found(call, dependencies.state), dependencies.state);
    return { status: 204, headers: {}, body: "" };
  }
  if (route.method === "POST") return json(201, await one(await create(call, dependencies), view, url));
  if (route.method === "PATCH") return json(200, await one(await update(call, dependencies), view, url));
  if (route.many) return json(200, await list(call, dependencies, view));
  const resource = target(call, dependencies);
  if (route.linkage) return json(200, { data: linkage(resource), links: { self: linkTo(url) } });
  return json(200, await one(resource, view, url));
}

/** The resource that is asked for: the one the path names, or the one it links to. */
function target(call: ApiCall, { state }: Dependencies): Resource {
  const named = found(call, state);
  const { relationship } = call.route;
  if (relationship === undefined) return named;
  const [linked] = relatedTo(named, relationship);
  if (linked) return linked;
  throw new ApiError(404, "NOT_FOUND", `'${call.id}' has no ${relationship}.`);
}

async function one(resource: Resource, view: View, url: URL) {
  const resources = [resource];
  const included = includedOf(resources, view.query);
  await prepare(included.length > 0 ? [resource, ...included] : resources, view.query);
  return {
    data: renderResource(resource, view.query.include, view),
    included: renderIncluded(included, view),
    links: { self: linkTo(url) },
  };
}

async function list(call: ApiCall, { state, random }: Dependencies, view: View) {
  const { route, url } = call;
  const all =
    route.relationship === undefined
      ? state.all(route.target)
      : relatedTo(found(call, state), route.relationship);
  const { items, links, meta } = pageOf(all, view.query, url, random);
  if (route.linkage) return { data: items.map(linkage), links, meta };
  const included = includedOf(items, view.query);
  await prepare([...items, ...included], view.query);
  return {
    data: items.map((item) => renderResource(item, view.query.include, view)),
    included: renderIncluded(included, view),
    links,
    meta,
  };
}

function renderIncluded(resources: readonly Resource[], view: View) {
  if (view.query.include.length === 0) return undefined;
  return resources.map((resource) => renderResource(resource, [], view));
}

function checkAccept(accept: string | null): void {
  if (accept === null || /(^|,)\s*(\*\/\*|application\/(\*|json|vnd\.api\+json))\s*(;|,|$)/i.test(accept))
    return;
  throw new ApiError(406, "NOT_ACCEPTABLE", "Not acceptable: this server answers application/json.");
}

function json(status: number, document: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(document) };
}
