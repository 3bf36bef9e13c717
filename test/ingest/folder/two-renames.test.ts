import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import type * as FsPromises from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { removePackage } from "../../../src/ingest/remove.js";
import { failure } from "../../support/client.js";
import { a, app, b, d, existingPackage } from "../support/existing-package.js";
import { contentsOf } from "../support/folders.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

/** Called between the two renames that replace a package. */
const beforeSecondRename = vi.hoisted<{ create: (() => void) | undefined }>(() => ({ create: undefined }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof FsPromises>();
  const rename: typeof real.rename = async (from, to) => {
    if (String(from).endsWith(join(".p.ingest", "package"))) beforeSecondRename.create?.();
    await real.rename(from, to);
  };
  return { ...real, rename };
});

test.each<[string, (directory: string) => void]>([
  ["a file", (at) => writeFileSync(at, "theirs")],
  ["a folder", (at) => void mkdirSync(join(at, "theirs"), { recursive: true })],
])(
  "%s that another program creates between the two renames does not cost the earlier package",
  async (_, create) => {
    const { server, options, directory, folder } = await existingPackage();
    const before = contentsOf(directory);
    server.publish([a, b, d], { ...app, distributionPackageRevision: 2 });
    beforeSecondRename.create = () => create(directory);
    const error = await failure(ingestPackage(server.client, options));
    beforeSecondRename.create = undefined;
    const replaced = join(folder, ".p.ingest/replaced");
    expect(error).toMatchObject({ reason: "target", message: expect.stringContaining(replaced) });

    for (const attempt of [() => ingestPackage(server.client, options), () => removePackage(directory)]) {
      expect(await failure(attempt())).toMatchObject({ reason: "target" });
      expect(contentsOf(replaced)).toEqual(before);
    }
    renameSync(directory, `${directory}-theirs`);
    server.cdn.length = 0;
    await ingestPackage(server.client, options);
    expect(server.cdn).toEqual([]);
    expect(await verifyPackage(directory)).toMatchObject({ valid: true });
    expect(readdirSync(folder).sort()).toEqual(["p", "p-theirs"]);
  },
);
