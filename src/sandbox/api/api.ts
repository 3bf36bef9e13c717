import type { Reply } from "../exchange.js";
import { Rejection } from "../rejection.js";
import { type Resource, relatedTo } from "../state/resource.js";
import { type AcceptedRequest, type ApiParts, resourceInPath } from "./call.js";
import { pageOf, selfLink } from "./list.js";
import { readQuery } from "./query.js";
import { includedOf, linkage, prepare, renderResource, type View } from "./render.js";
import { create, remove, update } from "./write.js";

/**
 * Answers any operation of the description: path, method and schemas say what it does.
 * @throws Rejection
 */
export async function answerApi(call: AcceptedRequest, parts: ApiParts): Promise<Reply> {
  const { route, url, cdnOrigin } = call;
  const { context, cdn, coverage } = parts;
  checkAccept(call.request.headers.get("accept"));
  if (!coverage.hasOperation(route)) {
    throw new Rejection(404, "PATH_ERROR", `The sandbox does not implement ${route.operationId}.`);
  }
  const view: View = { origin: url.origin, query: readQuery(route, url, coverage), cdn, cdnOrigin };
  if (route.method === "DELETE") {
    remove(resourceInPath(call, context.state), context.state);
    return { status: 204, headers: {}, body: "" };
  }
  if (route.method === "POST") return json(201, await one(await create(call, parts), view, url));
  if (route.method === "PATCH") return json(200, await one(await update(call, parts), view, url));
  if (route.many) return json(200, await list(call, parts, view));
  const resource = target(call, parts);
  if (route.linkage) return json(200, { data: linkage(resource), links: { self: selfLink(url) } });
  return json(200, await one(resource, view, url));
}

/** The resource in the path, or the one it links to. */
function target(call: AcceptedRequest, { context }: ApiParts): Resource {
  const named = resourceInPath(call, context.state);
  const { relationship } = call.route;
  if (relationship === undefined) return named;
  const [linked] = relatedTo(named, relationship);
  if (linked) return linked;
  throw new Rejection(404, "NOT_FOUND", `'${call.id}' has no ${relationship}.`);
}

async function one(resource: Resource, view: View, url: URL) {
  const resources = [resource];
  const included = includedOf(resources, view.query);
  await prepare(included.length > 0 ? [resource, ...included] : resources, view.query);
  return {
    data: renderResource(resource, view.query.include, view),
    included: renderIncluded(included, view),
    links: { self: selfLink(url) },
  };
}

async function list(call: AcceptedRequest, { context, rules }: ApiParts, view: View) {
  const { route, url, key } = call;
  const { isListed = () => true } = rules[route.target] ?? {};
  const all =
    route.relationship === undefined
      ? context.state
          .of(route.target)
          .all()
          .filter((resource) => isListed(resource, key))
      : relatedTo(resourceInPath(call, context.state), route.relationship);
  const { items, links, meta } = pageOf(all, view.query, url, context.random);
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
  throw new Rejection(406, "NOT_ACCEPTABLE", "Not acceptable: this server answers application/json.");
}

function json(status: number, document: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(document) };
}
