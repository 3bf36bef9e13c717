import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../../clock.js";
import { describeThrown } from "../../http/thrown.js";
import { ifExists } from "../../ingest/folder/disk.js";
import { MANIFEST_FILE } from "../../ingest/package/layout.js";
import { MAX_MANIFEST_BYTES } from "../../ingest/package/limits.js";
import { parseManifest } from "../../ingest/package/parse-manifest.js";
import { fileUrl, isUrl, readPackageUrl } from "../../ingest/verify/served-url.js";
import { altStoreApp, altStoreVersion } from "../../install/index.js";
import { readAtMost } from "../../request-handler.js";
import type { Context } from "../context.js";
import { UsageError } from "../exit.js";
import { addExamples, addJsonOption } from "../options.js";
import { writeNote, writeResult } from "../output.js";
import { isBucketPlace } from "../place.js";
import { timeLimited } from "../time-limited.js";

interface AltStoreFlags {
  readonly url?: string;
  readonly date?: string;
  readonly flat?: true;
}

// ms, for the manifest of a served package.
const TIMEOUT = 60_000;

/** The fields that AltStore's documentation requires and a manifest does not have. */
const MISSING = {
  app: ["name", "developerName", "localizedDescription", "iconURL", "appPermissions"],
  source: ["name", "nsfw", "apps"],
};

export function addAltStore(program: Command, context: Context): void {
  const command = program
    .command("altstore")
    .summary("make the AltStore entry of a served package")
    .description(
      "Prints the version entry of an AltStore source for a package, as JSON, and lists what a source still needs. " +
        "Reads only the package's manifest. Needs no API key.",
    )
    .argument("<package>", "the package folder, or the URL where it is served")
    .option("--url <url>", "the https URL where it is served (default: the argument, if that is a URL)")
    .option("--date <date>", "when it was released, as 2026-03-01 or 2026-03-01T12:00:00Z (default: now)")
    .option("--flat", "the host has no folders, such as a release page: list the URL of every file");
  addJsonOption(command);
  addExamples(command, [
    "adp altstore public/package --url https://example.com/package",
    "adp altstore https://example.com/package --date 2026-03-01 > version.json",
  ]);
  command.action(async (place: string, { url, date, flat }: AltStoreFlags) => {
    if (isBucketPlace(place)) {
      throw new UsageError("<package>: give the https URL where the bucket is served");
    }
    const base = isUrl(place) ? readPackageUrl("<package>", place) : undefined;
    const served = url ?? (base && place);
    if (served === undefined) throw new UsageError("--url: give the https URL where the package is served");
    const { manifest } = parseManifest(
      base
        ? await timeLimited((signal) => fetchManifest(base, signal), context.signal, TIMEOUT)
        : await readLocal(place),
    );
    const version = altStoreVersion(manifest, {
      url: served,
      date: date ?? new Date(systemClock.now()),
      ...(flat && { assetURLs: "flat" }),
    });
    const app = altStoreApp(manifest);
    await writeResult(context, { version, app, missing: MISSING }, JSON.stringify(version, null, 2));
    if (!context.json) {
      await writeNote(
        `Put it first in "versions" of the app with ${JSON.stringify(app)}.\n` +
          `The app also needs: ${MISSING.app.join(", ")}\nThe source needs: ${MISSING.source.join(", ")}`,
        context.host.stderr,
      );
    }
  });
}

/** Reads the manifest of a folder; `place` may also be the manifest's own path, as with a URL. */
async function readLocal(place: string): Promise<Uint8Array> {
  const file = basename(place) === MANIFEST_FILE ? place : join(place, MANIFEST_FILE);
  const bytes = await ifExists(readFile(file)).catch((cause: unknown) => {
    throw new Error(`${file}: ${describeThrown(cause)}`, { cause });
  });
  if (!bytes) throw new Error(`there is no file ${file}`);
  return bytes;
}

async function fetchManifest(base: URL, signal: AbortSignal): Promise<Uint8Array> {
  const response = await request(fileUrl(base, MANIFEST_FILE), signal);
  if (!response.ok) throw new Error(`manifest.json: the server answers ${response.status}`);
  const body = await readAtMost(response, MAX_MANIFEST_BYTES, signal);
  if (typeof body === "string") throw new Error(`manifest.json: ${body}`);
  return body;
}

/** fetch rejects with a TypeError, which the command would report as wrong usage. This rejects with an Error. */
async function request(url: URL, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal });
  } catch (error) {
    const reason = describeThrown(error);
    throw new Error(`manifest.json: the server cannot be reached: ${reason}`, { cause: error });
  }
}
