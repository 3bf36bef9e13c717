import { expect, test } from "vitest";
import type { AssetWriter, PackageFiles, PackageStore, StoreChange } from "../../src/ingest/index.js";
import { removePackage } from "../../src/ingest/index.js";
import { delta, servePackage, variant } from "./support/package-server.js";
import { ingestPackage, verifyPackage } from "./support/trusted.js";

/** A store as a user would write one: in memory, with only what a store must have. */
class MemoryStore implements PackageStore {
  readonly location = "memory:";
  files = new Map<string, Uint8Array>();

  async list() {
    return new Map([...this.files].map(([path, bytes]) => [path, bytes.length]));
  }

  async read(path: string) {
    const bytes = this.files.get(path);
    return (
      bytes &&
      (async function* () {
        yield bytes;
      })()
    );
  }

  async open() {
    return new MemoryChange(this);
  }

  async remove() {
    this.files.clear();
  }
}

class MemoryChange implements StoreChange {
  readonly location: string;
  readonly existing: Partial<PackageFiles>;
  readonly #store: MemoryStore;
  readonly #files = new Map<string, Uint8Array>();

  constructor(store: MemoryStore) {
    const file = (name: string) => {
      const bytes = store.files.get(name);
      return bytes && Buffer.from(bytes);
    };
    const [manifest, signature] = [file("manifest.json"), file("signature")];
    this.#store = store;
    this.location = store.location;
    this.existing = { ...(manifest && { manifest }), ...(signature && { signature }) };
  }

  async prepare({ manifest, signature }: PackageFiles) {
    this.#files.set("manifest.json", manifest).set("signature", signature);
  }

  async openAsset({ path }: { path: string }): Promise<AssetWriter> {
    // The pieces as they come, without a copy.
    const pieces: Uint8Array[] = [];
    return {
      isReused: false,
      kept: [],
      write: (bytes) => void pieces.push(bytes),
      finish: async () => void this.#files.set(path, Buffer.concat(pieces)),
      close: async () => undefined,
    };
  }

  async commit(beforeVisible: () => Promise<void>) {
    await beforeVisible();
    if (this.#files.size > 0) this.#store.files = new Map(this.#files);
    return true;
  }

  async close() {}
}

test("a store of one's own, with only what a store must have, gets a package and keeps its bytes as they came", async () => {
  // Several reads of the connection for each asset.
  const assets = [variant("v1", 1_500_000, 1_000_000), variant("v2", 900_000), delta("d1", 700_000, 300_000)];
  const server = await servePackage(assets);
  const store = new MemoryStore();
  const ingest = () => ingestPackage(server.client, { versionId: "version", store });

  const { location, assets: ingested } = await ingest();
  expect(location).toBe("memory:");
  expect(ingested).toHaveLength(3);
  for (const { kind, id, content } of assets) {
    expect(content.equals(store.files.get(`${kind}/${id}.ipa`) ?? Buffer.of())).toBe(true);
  }
  expect(await verifyPackage(store)).toMatchObject({ valid: true, corrupt: [], missing: [], added: [] });

  const downloads = server.downloads.length;
  const again = await ingest();
  expect(again.assets.map(({ reused }) => reused)).toEqual([true, true, true]);
  expect(server.downloads).toHaveLength(downloads);

  await removePackage(store);
  expect(store.files.size).toBe(0);
});
