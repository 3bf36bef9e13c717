import { endpoints } from "../../generated/endpoints.js";
import { ConflictError, NotFoundError } from "../errors.js";
import { pathSerializer } from "../http/url.js";
import type { ListOperation } from "./operations.js";

/** The first item that fits, read page by page. Apple's filters may return more than was asked for. */
export async function findIn<Item>(
  list: AsyncIterable<Item>,
  fits: (item: Item) => boolean,
): Promise<Item | undefined> {
  for await (const item of list) if (fits(item)) return item;
  return;
}

/** The error for a list without a matching item. `id` is that of the resource that has the list, if there is one. */
export function notFound(message: string, operation: ListOperation, id?: string): NotFoundError {
  const path = pathSerializer(endpoints[operation].path, { id });
  return new NotFoundError(message, { method: "GET", path, attempts: 1 });
}

/**
 * What `find` finds, or else what `create` creates.
 *
 * @throws ConflictError if `create` gets a 409 and `find` still finds nothing.
 */
export async function findOrCreate<Document>(
  find: () => Promise<Document | undefined>,
  create: () => Promise<Document>,
): Promise<Document> {
  const found = await find();
  if (found) return found;
  try {
    return await create();
  } catch (error) {
    // Another call may have created it in between.
    const created = error instanceof ConflictError && (await find());
    if (!created) throw error;
    return created;
  }
}
