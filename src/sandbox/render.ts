import type { Cdn } from "./cdn.js";
import { type ResourceType, resourceTypes } from "./description.js";
import type { Query } from "./query.js";
import { type Resource, relatedTo } from "./state.js";

/** What rendering needs to know of the request. */
export interface View {
  /** Where links point: the origin that was asked. */
  readonly origin: string;
  readonly cdnOrigin: string;
  readonly cdn: Cdn;
  readonly query: Query;
}

const undescribed: ResourceType = { attributes: {}, relationships: {} };

/** What must be waited for before these can be rendered: checksums that are not known yet. */
export function prepare(resources: readonly Resource[], { fields }: Query): Promise<unknown> | undefined {
  const waiting: Promise<void>[] = [];
  for (const { type, file } of resources) {
    if (!file?.digest || file.checksum !== undefined) continue;
    if (fields.get(type)?.has("fileChecksum") ?? true) waiting.push(file.digest());
  }
  return waiting.length > 0 ? Promise.all(waiting) : undefined;
}

/** A resource object as the description's schema has it. */
export function renderResource(resource: Resource, included: readonly string[], view: View) {
  const { type, id } = resource;
  const described = resourceTypes.get(type) ?? undescribed;
  const self = `${view.origin}/v1/${type}/${encodeURIComponent(id)}`;
  return {
    type,
    id,
    attributes: attributesOf(resource, described, view),
    relationships: relationshipsOf(resource, described, self, included, view),
    links: { self },
  };
}

function attributesOf(resource: Resource, described: ResourceType, view: View) {
  const { attributes, file } = resource;
  const fields = view.query.fields.get(resource.type);
  const wanted = (name: string) => !fields || fields.has(name);
  const values: Record<string, unknown> = {};
  for (const name in described.attributes) if (wanted(name)) values[name] = attributes[name];
  if (file && (wanted("url") || wanted("urlExpirationDate"))) {
    const { url, urlExpirationDate } = view.cdn.sign(resource, view.cdnOrigin);
    if (wanted("url")) values.url = url;
    if (wanted("urlExpirationDate")) values.urlExpirationDate = urlExpirationDate;
  }
  if (file && wanted("fileChecksum")) values.fileChecksum = file.checksum;
  return Object.keys(values).length > 0 ? values : undefined;
}

function relationshipsOf(
  resource: Resource,
  described: ResourceType,
  self: string,
  included: readonly string[],
  { query }: View,
) {
  const fields = query.fields.get(resource.type);
  let values: Record<string, unknown> | undefined;
  for (const name in described.relationships) {
    if (fields && !fields.has(name)) continue;
    const relationship = described.relationships[name];
    const shown = included.includes(name) ? relatedTo(resource, name) : undefined;
    if (!relationship || !(shown || relationship.links)) continue;
    const { many, links } = relationship;
    const limit = many ? query.includedLimit(name) : 1;
    const linkages = shown?.slice(0, limit).map(linkage);
    values ??= {};
    values[name] = {
      data: many ? linkages : linkages?.[0],
      meta: many && shown ? { paging: { total: shown.length, limit } } : undefined,
      links: links ? { self: `${self}/relationships/${name}`, related: `${self}/${name}` } : undefined,
    };
  }
  return values;
}

export function linkage({ type, id }: Resource) {
  return { type, id };
}

const none: readonly Resource[] = [];

/** The resources that `include` adds to a document, each once. */
export function includedOf(
  resources: readonly Resource[],
  { include, includedLimit }: Query,
): readonly Resource[] {
  if (include.length === 0) return none;
  const found = new Map<string, Resource>();
  for (const resource of resources) {
    for (const name of include) {
      for (const item of relatedTo(resource, name).slice(0, includedLimit(name))) {
        found.set(`${item.type} ${item.id}`, item);
      }
    }
  }
  return [...found.values()];
}
