import { appleDate } from "../apple-date.js";
import { Rejection } from "../rejection.js";
import { type Resource, relatedTo, type State } from "../state/resource.js";
import type { RequestDocument } from "../state/rules.js";
import { readRequestDocument } from "./body.js";
import { type AcceptedRequest, type ApiParts, resourceInPath } from "./call.js";
import { linkTo, RESOURCE_TYPES } from "./operations.js";

/** A relationship of a new resource, and the one that leads back to it. */
interface Link {
  readonly name: string;
  readonly parent: Resource;
  readonly back: { readonly name: string; readonly many: boolean } | undefined;
}

/** @throws Rejection */
export async function create({ route, request, key }: AcceptedRequest, parts: ApiParts): Promise<Resource> {
  const { state, random, clock } = parts.context;
  const document = await readRequestDocument(route, request);
  const rules = parts.rules[route.target];
  if (rules?.create) return rules.create(document, key);
  const attributes = rules?.attributesOf?.(document) ?? document.attributes;
  const links = linksOf(document, route.target, state);
  const dates = Object.entries(RESOURCE_TYPES.get(route.target)?.attributes ?? {})
    .filter(([, schema]) => schema.format === "date-time")
    .map(([name]) => [name, appleDate(clock.now())]);
  const collection = state.of(route.target);
  const resource = collection.add({
    type: route.target,
    id: random.uuid(`${route.target} ${collection.added}`),
    attributes: { ...Object.fromEntries(dates), ...attributes },
    related: Object.fromEntries(links.map(({ name, parent }) => [name, parent])),
  });
  for (const { parent, back } of links) {
    if (back) parent.related[back.name] = back.many ? [...relatedTo(parent, back.name), resource] : resource;
  }
  return resource;
}

function linksOf({ relationships }: RequestDocument, type: string, state: State): readonly Link[] {
  return Object.entries(relationships).map(([name, target]) => {
    const source = { pointer: `/data/relationships/${name}` };
    const parent = state.of(target.type).get(target.id);
    if (!parent) {
      const detail = `There is no ${target.type} '${target.id}'.`;
      throw new Rejection(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", detail, { source });
    }
    const back = linkTo(target.type, type);
    if (back && !back.many && parent.related[back.name]) {
      throw new Rejection(409, "ENTITY_ERROR", `'${target.id}' has a ${back.name} already.`, { source });
    }
    return { name, parent, back };
  });
}

/** @throws Rejection */
export async function update(call: AcceptedRequest, { context }: ApiParts): Promise<Resource> {
  const resource = resourceInPath(call, context.state);
  const document = await readRequestDocument(call.route, call.request);
  if (document.id !== call.id) {
    throw new Rejection(409, "ENTITY_ERROR.ID.INVALID", "The document's id is not the one in the path.", {
      source: { pointer: "/data/id" },
    });
  }
  // An answer never has null: it leaves the value out.
  for (const [name, value] of Object.entries(document.attributes))
    resource.attributes[name] = value ?? undefined;
  return resource;
}

/** Removes a resource, and the relationships that lead to it from what it links. */
export function remove(resource: Resource, state: State): void {
  state.of(resource.type).delete(resource.id);
  for (const parent of Object.values(resource.related).flat()) {
    if (!parent) continue;
    for (const [name, linked] of Object.entries(parent.related)) {
      if (linked === resource) parent.related[name] = undefined;
      else if (Array.isArray(linked)) parent.related[name] = linked.filter((item) => item !== resource);
    }
  }
}
