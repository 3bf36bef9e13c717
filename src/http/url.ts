import { createQuerySerializer } from "openapi-fetch";

/** @throws TypeError for what is no id, before it can reach another resource. */
export function checkId(name: string, id: unknown): string {
  // encodeURIComponent leaves dots alone, and URL then walks up the path.
  if (typeof id !== "string" || id.trim() === "" || id === "." || id === "..") {
    const found = typeof id === "string" ? JSON.stringify(id) : String(id);
    throw new TypeError(
      `${name}: expected a resource id, a non-empty string other than . and .., got ${found}`,
    );
  }
  return id;
}

/** Apple's path with its ids filled in, escaped. @throws TypeError for what is no id. */
export function pathSerializer(path: string, ids: Record<string, unknown>): string {
  const start = path.indexOf("{");
  if (start < 0) return path;
  const end = path.indexOf("}", start);
  const name = path.slice(start + 1, end);
  const id = encodeURIComponent(checkId(name, ids[name]));
  return path.slice(0, start) + id + pathSerializer(path.slice(end + 1), ids);
}

/** A query without its question mark; lists in it separated by commas, as Apple wants them. */
export const querySerializer = createQuerySerializer({ array: { style: "form", explode: false } });
