import type { SandboxCdn } from "../cdn.js";
import { type Resource, relatedTo } from "../state/resource.js";
import { RESOURCE_TYPES, type ResourceType } from "./operations.js";
import type { Query } from "./query.js";

export interface View {
  /** The origin of links: the one the request was sent to. */
  readonly origin: string;
  /** The origin of signed URLs. */
  readonly cdnOrigin: string;
  readonly cdn: SandboxCdn;
  readonly query: Query;
}

const UNDESCRIBED: ResourceType = { attributes: {}, relationships: {} };

/** Fills in the checksums that are not known yet. Undefined if there is nothing to wait for. */
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
  const described = RESOURCE_TYPES.get(type) ?? UNDESCRIBED;
  const self = `${view.origin}/v1/${type}/${encodeURIComponent(id)}`;
  return {
    type,
    id,
    attributes: attributesOf(resource, described, view),
    relationships: relationshipsOf(resource, { described, self, included, query: view.query }),
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

interface RelationshipsView {
  readonly described: ResourceType;
  /** The resource's own URL. */
  readonly self: string;
  readonly included: readonly string[];
  readonly query: Query;
}

function relationshipsOf(resource: Resource, { described, self, included, query }: RelationshipsView) {
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

/** The resources that `include` adds to a document, each once. */
export function includedOf(
  resources: readonly Resource[],
  { include, includedLimit }: Query,
): readonly Resource[] {
  if (include.length === 0) return [];
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
