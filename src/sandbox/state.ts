import type { Content } from "./reply.js";

/** A file on the sandbox's CDN. */
export interface CdnFile {
  readonly contentType: string;
  /** Makes the file ready: a package's zip is built when it is first asked for. */
  open(): Promise<Content>;
  /** Makes the checksum known, once; does nothing where it would cost too much to know. */
  readonly digest: (() => Promise<void>) | undefined;
  /** The file's sha256 in hex, when it is known. */
  checksum: string | undefined;
}

/** Anything with a type and an id. What follows from `file` (`url`, …) is added when it is rendered. */
export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly attributes: Record<string, unknown>;
  /** Linked resources by relationship: one, or a list that only grows, so that cursors stay true. */
  readonly related: Record<string, Resource | readonly Resource[] | undefined>;
  readonly file?: CdnFile;
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

/** All resources of one sandbox by type and id. */
export class State {
  readonly #types = new Map<string, Map<string, Resource>>();
  #added = 0;

  /** How many resources there ever were: a new one draws its id from it. */
  get added(): number {
    return this.#added;
  }

  add<T extends Resource>(resource: T): T {
    this.#added++;
    this.#ofType(resource.type).set(resource.id, resource);
    return resource;
  }

  get(type: string, id: string): Resource | undefined {
    return this.#types.get(type)?.get(id);
  }

  all(type: string): readonly Resource[] {
    return [...this.#ofType(type).values()];
  }

  delete(resource: Resource): void {
    this.#ofType(resource.type).delete(resource.id);
  }

  #ofType(type: string): Map<string, Resource> {
    let resources = this.#types.get(type);
    if (!resources) {
      resources = new Map();
      this.#types.set(type, resources);
    }
    return resources;
  }
}
