import type { SignedUrl } from "./cdn.js";
import { type ResourceType, resourceTypes } from "./description.js";
import type { Query } from "./query.js";
import type { Resource } from "./state.js";

/** What rendering needs to know of the request. */
export interface View {
  /** Where links point: the origin that was asked. */
  readonly origin: string;
  readonly query: Query;
  readonly sign: (resource: Resource) => SignedUrl;
}

const undescribed: ResourceType = { attributes: {}, relationships: {} };

/** A resource object as the description's schema has it. */
export async function renderResource(resource: Resource, included: readonly string[], view: View) {
  const { type, id, related } = resource;
  const described = resourceTypes.get(type) ?? undescribed;
  const fields = view.query.fields.get(type);
  const wanted = (name: string) => !fields || fields.has(name);
  const self = `${view.origin}/v1/${type}/${encodeURIComponent(id)}`;

  const relationships: Record<string, unknown> = {};
  for (const [name, { links, many }] of Object.entries(described.relationships)) {
    if (!wanted(name)) continue;
    const shown = included.includes(name);
    const all = [related[name] ?? []].flat();
    const limit = view.query.includedLimit(name);
    const linkages = all.slice(0, many ? limit : 1).map(linkage);
    const relationship = {
      ...(shown && (many || linkages.length > 0) && { data: many ? linkages : linkages[0] }),
      ...(shown && many && { meta: { paging: { total: all.length, limit } } }),
      ...(links && { links: { self: `${self}/relationships/${name}`, related: `${self}/${name}` } }),
    };
    if (Object.keys(relationship).length > 0) relationships[name] = relationship;
  }
  const attributes = await attributesOf(resource, described, wanted, view);
  return {
    type,
    id,
    ...(Object.keys(attributes).length > 0 && { attributes }),
    ...(Object.keys(relationships).length > 0 && { relationships }),
    links: { self },
  };
}

async function attributesOf(
  { attributes, file, ...resource }: Resource,
  described: ResourceType,
  wanted: (name: string) => boolean,
  view: View,
) {
  const values: Record<string, unknown> = {};
  const signed =
    file && (wanted("url") || wanted("urlExpirationDate")) ? view.sign({ ...resource, attributes }) : {};
  const checksum = file && wanted("fileChecksum") ? { fileChecksum: await file.checksum() } : {};
  const all: Record<string, unknown> = { ...signed, ...checksum };
  for (const name of Object.keys(described.attributes)) {
    const value = all[name] ?? (wanted(name) ? attributes[name] : undefined);
    if (wanted(name) && value !== undefined) values[name] = value;
  }
  return values;
}

export function linkage({ type, id }: Resource) {
  return { type, id };
}

/** The resources that `include` adds to a document, each once. */
export function includedOf(
  resources: readonly Resource[],
  { include, includedLimit }: Query,
): readonly Resource[] {
  const found = new Map<string, Resource>();
  for (const resource of resources) {
    for (const name of include) {
      const related = resource.related[name] ?? [];
      const list = Array.isArray(related) ? related.slice(0, includedLimit(name)) : [related];
      for (const item of list.flat()) found.set(`${item.type} ${item.id}`, item);
    }
  }
  return [...found.values()];
}
