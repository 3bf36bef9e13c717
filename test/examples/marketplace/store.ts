/** Where packages are stored and served from. Everything that depends on the kind of store is in this file. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { removePackage } from "app-store-alternative-distribution/ingest";

export interface Store {
  /** The options of `ingestPackage` that say where the package goes. */
  target(packageId: string): { readonly directory: string };
  remove(packageId: string): Promise<void>;
  /** A file of a package, for a device. */
  serve(packageId: string, path: string): Promise<Response>;
}

/** A folder with one folder per package. Workers on several machines can share it as a network drive. */
export function folderStore(root: string): Store {
  const directory = (packageId: string) => {
    if (!/^[\w-]+$/.test(packageId)) throw new Error("This id cannot be the name of a folder");
    return join(root, packageId);
  };
  return {
    target: (packageId) => ({ directory: directory(packageId) }),
    remove: (packageId) => removePackage(directory(packageId)),
    async serve(packageId, path) {
      const file = await open(join(directory(packageId), path)).catch(() => undefined);
      if (!file) return new Response(null, { status: 404 });
      const { size } = await file.stat();
      // Node's and the DOM's type of the same class.
      const body = Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array<ArrayBuffer>>;
      return new Response(body, { headers: { "content-length": `${size}` } });
    },
  };
}
