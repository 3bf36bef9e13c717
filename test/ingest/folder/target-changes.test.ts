import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failure } from "../../support/client.js";
import { a, app, b, d, existingPackage } from "../support/existing-package.js";
import { temporaryFolder } from "../support/folders.js";
import { servePackage } from "../support/package-server.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

/** What someone does to the target during the download, and how it is undone. */
const CHANGES: [string, (directory: string) => void, (directory: string) => void][] = [
  [
    "a .git folder",
    (at) => write(join(at, ".git"), "HEAD", "ref: refs/heads/main"),
    (at) => rmSync(join(at, ".git"), { recursive: true }),
  ],
  ["a document", (at) => write(at, "notes.txt", "mine"), (at) => rmSync(join(at, "notes.txt"))],
  [
    "a document in a folder of assets",
    (at) => write(join(at, "variant"), "notes.txt", "mine"),
    (at) => rmSync(join(at, "variant/notes.txt")),
  ],
  ["a link", (at) => symlinkSync("nowhere", join(at, "current")), (at) => rmSync(join(at, "current"))],
  [
    "a link in place of the folder",
    (at) => {
      renameSync(at, `${at}-real`);
      symlinkSync(`${at}-real`, at);
    },
    (at) => {
      rmSync(at);
      renameSync(`${at}-real`, at);
    },
  ],
  [
    "a link in place of a folder of assets",
    (at) => {
      renameSync(join(at, "variant"), join(at, "../elsewhere"));
      symlinkSync("../elsewhere", join(at, "variant"));
    },
    (at) => {
      rmSync(join(at, "variant"));
      renameSync(join(at, "../elsewhere"), join(at, "variant"));
    },
  ],
  [
    "a file in place of the folder",
    (at) => {
      renameSync(at, `${at}-real`);
      writeFileSync(at, "mine");
    },
    (at) => {
      rmSync(at);
      renameSync(`${at}-real`, at);
    },
  ],
  [
    "another manifest",
    (at) => write(at, "manifest.json", JSON.stringify({ ...app, distributionPackageRevision: 3 })),
    (at) => rmSync(join(at, "manifest.json")),
  ],
];

/** Whether a path is not in staging. */
function isTarget(path: string): boolean {
  return !path.startsWith(".p.ingest");
}

function write(folder: string, name: string, content: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), content);
}

test.each(CHANGES)("%s that appears during the download is not deleted", async (_, change, undo) => {
  const { server, options, directory, folder } = await existingPackage();
  server.publish([a, b, d], { ...app, distributionPackageRevision: 2 });
  let changed: string[] = [];
  server.onCdn = (_, __, { id }) => {
    if (id !== "d") return false;
    change(directory);
    changed = readdirSync(folder, { recursive: true }).map(String).filter(isTarget).sort();
    return false;
  };
  const error = await failure(ingestPackage(server.client, options));
  expect(error).toMatchObject({ name: "IngestError", reason: "target" });
  expect((error as Error).message).toContain(directory);
  expect(readdirSync(folder, { recursive: true }).map(String).filter(isTarget).sort()).toEqual(changed);

  undo(directory);
  server.onCdn = () => false;
  server.cdn.length = 0;
  await ingestPackage(server.client, options);
  expect(server.cdn).toEqual([]);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  expect(readdirSync(folder)).toEqual(["p"]);
});

test("a folder that appears where there was no target is not deleted", async () => {
  const server = await servePackage([a]);
  const directory = join(temporaryFolder(), "p");
  server.onCdn = (_, __, { id }) => {
    if (id === "a") write(join(directory, "variant"), "theirs.ipa", "theirs");
    return false;
  };
  const options = { versionId: "version", directory };
  expect(await failure(ingestPackage(server.client, options))).toMatchObject({ reason: "target" });
  expect(readFileSync(join(directory, "variant/theirs.ipa"), "utf8")).toBe("theirs");
});

test("a target that disappears during the download is no problem", async () => {
  const { server, options, directory } = await existingPackage();
  server.publish([a, b, d], { ...app, distributionPackageRevision: 2 });
  server.onCdn = (_, __, { id }) => {
    if (id === "d") rmSync(directory, { recursive: true });
    return false;
  };
  await ingestPackage(server.client, options);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test("a document that was in the earlier package when it was moved to staging is not deleted", async () => {
  const { server, options, directory, folder } = await existingPackage();
  for (const name of ["replaced", "removed"]) {
    mkdirSync(join(folder, ".p.ingest"), { recursive: true });
    renameSync(directory, join(folder, ".p.ingest", name));
    write(join(folder, ".p.ingest", name), "notes.txt", "mine");
    const error = await failure(ingestPackage(server.client, options));
    expect(error).toMatchObject({
      reason: "target",
      message: expect.stringContaining(`/${name} contains "notes.txt"`),
    });
    expect(existsSync(join(folder, ".p.ingest", name, "notes.txt"))).toBe(true);
    rmSync(join(folder, ".p.ingest", name, "notes.txt"));
    renameSync(join(folder, ".p.ingest", name), directory);
  }
});
