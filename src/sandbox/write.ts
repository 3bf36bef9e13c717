import { readBody } from "./body.js";
import { type ApiCall, type Dependencies, found } from "./call.js";
import { appleDate } from "./clock.js";
import { relationshipTo, resourceTypes } from "./description.js";
import { ApiError } from "./errors.js";
import type { Resource, State } from "./state.js";

export async function create(
  { route, request, key }: ApiCall,
  dependencies: Dependencies,
): Promise<Resource> {
  const { state, random, now } = dependencies;
  const document = await readBody(route, request);
  if (route.target === "alternativeDistributionPackages") {
    if (key.role !== "developer") {
      throw new ApiError(403, "FORBIDDEN_ERROR", "Only the app's developer can create its packages.");
    }
    return dependencies.createPackage(document);
  }
  const links = Object.entries(document.relationships).map(([name, target]) => {
    const pointer = `/data/relationships/${name}`;
    const parent = state.get(target.type, target.id);
    if (!parent) {
      throw new ApiError(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        `There is no ${target.type} '${target.id}'.`,
        {
          source: { pointer },
        },
      );
    }
    const inverse = relationshipTo(target.type, route.target);
    if (inverse && parent.related[inverse]) {
      throw new ApiError(409, "ENTITY_ERROR", `'${target.id}' has its ${inverse} already.`, {
        source: { pointer },
      });
    }
    return { name, parent, inverse };
  });
  const dates = Object.entries(resourceTypes.get(route.target)?.attributes ?? {})
    .filter(([, schema]) => schema.format === "date-time")
    .map(([name]) => [name, appleDate(now())]);
  const resource = state.add({
    type: route.target,
    id: random.uuid(`${route.target} ${state.added}`),
    attributes: { ...Object.fromEntries(dates), ...document.attributes },
    related: Object.fromEntries(links.map(({ name, parent }) => [name, parent])),
  });
  for (const { parent, inverse } of links) if (inverse) parent.related[inverse] = resource;
  return resource;
}

export async function update(call: ApiCall, { state }: Dependencies): Promise<Resource> {
  const resource = found(call, state);
  const document = await readBody(call.route, call.request);
  if (document.id !== call.id) {
    throw new ApiError(409, "ENTITY_ERROR.ID.INVALID", "The document's id is not the one in the path.", {
      source: { pointer: "/data/id" },
    });
  }
  Object.assign(resource.attributes, document.attributes);
  return resource;
}

export function remove(resource: Resource, state: State): void {
  state.delete(resource);
  for (const parent of Object.values(resource.related).flat()) {
    if (!parent) continue;
    for (const [name, linked] of Object.entries(parent.related)) {
      if (linked === resource) parent.related[name] = undefined;
    }
  }
}
