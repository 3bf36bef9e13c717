import fs, { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removePackage } from "../../../src/ingest/remove.js";
import { failure } from "../../support/client.js";
import { replaceBuiltin } from "../../support/replace-builtin.js";
import { a, app, b, d, existingPackage } from "../support/existing-package.js";
import { contentsOf } from "../support/folders.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

/** Calls a function once, between the two renames that replace a package. */
function beforeSecondRename(create: () => void): void {
  const { rename } = fs.promises;
  replaceBuiltin(fs.promises, {
    async rename(from, to) {
      if (String(from).endsWith(join(".p.ingest", "package"))) {
        replaceBuiltin(fs.promises, { rename });
        create();
      }
      await rename(from, to);
    },
  });
}

test.each<[string, (directory: string) => void]>([
  ["a file", (at) => writeFileSync(at, "theirs")],
  ["a folder", (at) => void mkdirSync(join(at, "theirs"), { recursive: true })],
])(
  "%s that another program creates between the two renames does not cost the earlier package",
  async (_, create) => {
    const { server, options, directory, folder } = await existingPackage();
    const before = contentsOf(directory);
    server.publish([a, b, d], { ...app, distributionPackageRevision: 2 });
    beforeSecondRename(() => create(directory));
    const error = await failure(ingestPackage(server.client, options));
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
