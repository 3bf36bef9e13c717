import type { SandboxKey } from "../keys.js";
import type { Resource } from "./resource.js";

/** The document of a create or update request, checked against the operation's schema. */
export interface RequestDocument {
  readonly id?: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The linked resource by relationship. */
  readonly relationships: Readonly<Record<string, { readonly type: string; readonly id: string }>>;
}

/**
 * Makes the condition of a filter with these values.
 * @throws Rejection (400) for a value that the filter does not take
 */
export type ResourceFilter = (values: ReadonlySet<string>) => (resource: Resource) => boolean;

/**
 * What a resource type does besides what the generated description says. The description alone is enough for types
 * whose attributes and relationships all come from create and update requests.
 */
export interface ResourceRules {
  /** Attributes that the sandbox sets. Lists can be filtered and sorted by them. */
  readonly attributes?: readonly string[] | undefined;
  /** Relationships that the sandbox sets. */
  readonly relationships?: readonly string[] | undefined;
  /** Filters that do more than compare an attribute or a relationship of the same name. */
  readonly filters?: Readonly<Record<string, ResourceFilter>> | undefined;
  /** Whether a list of all resources of this type has the resource, for this API key. */
  isListed?(resource: Resource, key: SandboxKey): boolean;
  /**
   * Checks a create request, and says which attributes the resource gets.
   * @throws Rejection
   */
  attributesOf?(document: RequestDocument): Readonly<Record<string, unknown>>;
  /**
   * Creates a resource in place of the general way.
   * @throws Rejection
   */
  create?(document: RequestDocument, key: SandboxKey): Resource;
}
