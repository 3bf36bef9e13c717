import { relatedTo } from "../state/resource.js";
import type { ResourceFilter, ResourceRules } from "../state/rules.js";
import { linkTo, RESOURCE_TYPES, ROUTES, type Route, resolve } from "./operations.js";

/** What one type has values for. */
interface TypeCoverage {
  readonly attributes: Set<string>;
  readonly relationships: Set<string>;
}

/**
 * What the sandbox has values for: what create and update requests set, and what the rules of a type name. The
 * description has more. The rest is rejected by name, because with an empty answer a wrong test would pass.
 */
export class Coverage {
  readonly #types = new Map<string, TypeCoverage>();
  readonly #rules: Readonly<Record<string, ResourceRules>>;

  constructor(rules: Readonly<Record<string, ResourceRules>>) {
    this.#rules = rules;
    for (const [type, { attributes = [], relationships = [] }] of Object.entries(rules)) {
      this.#add(type, attributes, relationships);
    }
    for (const route of ROUTES) if (route.target !== "") this.#addRequestBody(route);
  }

  /** Whether the sandbox can answer the operation at all. */
  hasOperation({ type, target, relationship }: Route): boolean {
    if (relationship === undefined) return this.#types.has(target === "" ? type : target);
    return this.hasRelationship(type, relationship);
  }

  hasAttribute(type: string, name: string): boolean {
    return this.#types.get(type)?.attributes.has(name) ?? false;
  }

  hasRelationship(type: string, name: string): boolean {
    return this.#types.get(type)?.relationships.has(name) ?? false;
  }

  /** What `filter[name]` does for lists of this type; undefined if the sandbox does not implement it. */
  filterOf(type: string, name: string): ResourceFilter | undefined {
    const filter = this.#rules[type]?.filters?.[name];
    if (filter) return filter;
    if (name === "id") {
      return (values) =>
        ({ id }) =>
          values.has(id);
    }
    if (this.hasAttribute(type, name)) {
      return (values) =>
        ({ attributes }) =>
          values.has(String(attributes[name]));
    }
    if (!this.hasRelationship(type, name)) return undefined;
    return (values) => (resource) => relatedTo(resource, name).some(({ id }) => values.has(id));
  }

  /** What a create or update request can set, and the relationships that lead back from what it links. */
  #addRequestBody({ operation, target }: Route): void {
    const body = operation.requestBody?.content?.["application/json"]?.schema;
    if (!body) return;
    const { attributes, relationships } = resolve(resolve(body).properties?.data).properties ?? {};
    const linked = Object.entries(relationships?.properties ?? {});
    // The sandbox sets the dates of what a request creates.
    const described = Object.entries(RESOURCE_TYPES.get(target)?.attributes ?? {});
    const dates = described.filter(([, { format }]) => format === "date-time").map(([name]) => name);
    const settable = Object.keys(attributes?.properties ?? {});
    this.#add(
      target,
      [...settable, ...dates],
      linked.map(([name]) => name),
    );
    for (const [, { properties }] of linked) {
      const parent = properties?.data?.properties?.type?.enum?.[0];
      const back = parent === undefined ? undefined : linkTo(parent, target);
      if (parent !== undefined && back) this.#add(parent, [], [back.name]);
    }
  }

  #add(type: string, attributes: readonly string[], relationships: readonly string[]): void {
    const held = this.#types.get(type) ?? { attributes: new Set(), relationships: new Set() };
    for (const name of attributes) held.attributes.add(name);
    for (const name of relationships) held.relationships.add(name);
    this.#types.set(type, held);
  }
}
