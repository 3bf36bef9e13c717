import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/clock.js";
import { FileWriter } from "../../../src/ingest/folder/file-writer.js";
import { temporaryFolder } from "../support/folders.js";

test("a writer writes the same when the disk is slow", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const fd = openSync(file, "r+");
  const writer = new FileWriter(systemClock, -1);
  expect(writer.write(fd, Buffer.from("quick"), 0)).toBeUndefined();
  await writer.write(fd, Buffer.from(" slow"), 5);
  closeSync(fd);
  expect(readFileSync(file, "utf8")).toBe("quick slow");
});
