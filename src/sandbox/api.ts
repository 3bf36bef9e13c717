import { type ApiCall, type Dependencies, found } from "./call.js";
import { ApiError } from "./errors.js";
import { linkTo, pageOf } from "./paging.js";
import { readQuery } from "./query.js";
import { includedOf, linkage, renderResource, type View } from "./render.js";
import type { Reply } from "./reply.js";
import type { Resource, State } from "./state.js";
import { create, remove, update } from "./write.js";

/** Answers any operation of the description: what it does follows from its path and method. */
export async function answerApi(call: ApiCall, dependencies: Dependencies): Promise<Reply> {
  const { route, url } = call;
  checkAccept(call.request.headers.get("accept"));
  const query = readQuery(route, url);
  const view: View = { origin: url.origin, query, sign: dependencies.sign };
  if (route.method === "DELETE") {
    remove(found(call, dependencies.state), dependencies.state);
    return { status: 204, headers: {}, body: "" };
  }
  if (route.method === "POST")
    return json(201, await documentOf(await create(call, dependencies), view, url));
  if (route.method === "PATCH")
    return json(200, await documentOf(await update(call, dependencies), view, url));
  if (!route.many) return json(200, await single(call, dependencies.state, view));
  return json(200, await list(call, dependencies, view));
}

async function single(call: ApiCall, state: State, view: View) {
  const { relationship, linkage: onlyLinkage } = call.route;
  const parent = found(call, state);
  if (relationship === undefined) return documentOf(parent, view, call.url);
  const [resource] = [parent.related[relationship] ?? []].flat();
  if (!resource) throw new ApiError(404, "NOT_FOUND", `'${call.id}' has no ${relationship}.`);
  if (onlyLinkage) return { data: linkage(resource), links: { self: linkTo(call.url) } };
  return documentOf(resource, view, call.url);
}

async function documentOf(resource: Resource, view: View, url: URL) {
  const data = await renderResource(resource, view.query.include, view);
  return { data, ...(await included([resource], view)), links: { self: linkTo(url) } };
}

async function list(call: ApiCall, { state, random }: Dependencies, view: View) {
  const { route, url } = call;
  const all =
    route.relationship === undefined
      ? state.all(route.target)
      : [found(call, state).related[route.relationship] ?? []].flat();
  const { items, links, meta } = pageOf(all, view.query, url, random);
  const data = route.linkage
    ? items.map(linkage)
    : await Promise.all(items.map((item) => renderResource(item, view.query.include, view)));
  return { data, ...(!route.linkage && (await included(items, view))), links, meta };
}

async function included(resources: readonly Resource[], view: View) {
  if (view.query.include.length === 0) return {};
  const found = includedOf(resources, view.query);
  return { included: await Promise.all(found.map((resource) => renderResource(resource, [], view))) };
}

function checkAccept(accept: string | null): void {
  if (accept === null || /(^|,)\s*(\*\/\*|application\/(\*|json|vnd\.api\+json))\s*(;|,|$)/i.test(accept))
    return;
  throw new ApiError(406, "NOT_ACCEPTABLE", "Not acceptable: this server answers application/json.");
}

function json(status: number, document: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(document) };
}
