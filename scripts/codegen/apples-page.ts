import type { Operation } from "./operations.js";

/** Apple's page of an operation: its method and path, `-` for `/`, `_id_` for `{id}`. */
export function applesPage({ method, path }: Pick<Operation, "method" | "path">): string {
  const name = `${method}${path.replaceAll("/", "-").replace(/[{}]/g, "_")}`.toLowerCase();
  return `https://developer.apple.com/documentation/appstoreconnectapi/${name}`;
}
