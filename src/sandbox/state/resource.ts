import type { CdnFile } from "./cdn-file.js";

type Related = Resource | readonly Resource[] | undefined;

/** Anything with a type and an id. The attributes that follow from `file` (`url` and others) are added to replies. */
export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly attributes: Record<string, unknown>;
  /** Linked resources by relationship: one, or a list in the order of adding, so that cursors stay valid. */
  readonly related: Record<string, Related>;
  readonly file?: CdnFile | undefined;
}

/** What a resource links to, as a list. */
export function relatedTo({ related }: Resource, relationship: string): readonly Resource[] {
  const linked = related[relationship];
  if (linked === undefined) return [];
  return isList(linked) ? linked : [linked];
}

function isList(linked: Resource | readonly Resource[]): linked is readonly Resource[] {
  return Array.isArray(linked);
}

export class Collection<T extends Resource = Resource> {
  readonly #resources = new Map<string, T>();
  #added = 0;

  /** How many were ever added: a new one draws its id from it. */
  get added(): number {
    return this.#added;
  }

  add(resource: T): T {
    this.#added++;
    this.#resources.set(resource.id, resource);
    return resource;
  }

  get(id: string): T | undefined {
    return this.#resources.get(id);
  }

  /** In the order of adding. */
  all(): readonly T[] {
    return [...this.#resources.values()];
  }

  delete(id: string): void {
    this.#resources.delete(id);
  }
}

export class State {
  readonly #collections = new Map<string, Collection>();

  /** Starts the collection of a type whose resources have more fields than the API shows. */
  define<T extends Resource>(type: string): Collection<T> {
    const collection = new Collection<T>();
    this.#collections.set(type, collection);
    return collection;
  }

  of(type: string): Collection {
    return this.#collections.get(type) ?? this.define(type);
  }
}
