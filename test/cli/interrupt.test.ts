import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { Interrupted, interruptSignal } from "../../src/cli/interrupt.js";
import { openAccount } from "./support/account.js";
import { adp, start, useAdp } from "./support/adp.js";

useAdp();

/** The size of all files in a folder, however deep. */
function bytesBelow(folder: string): number {
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, String(path)));
  const sizes = paths.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (name) => {
  test("ends an ingest with 130, and the same command goes on where it stopped", async () => {
    const { sandbox, folder, flags } = await openAccount();
    const { id } = sandbox.addAppStoreVersion({ variants: 2, assetBytes: 3_000_000 });
    const { versionId, variantIds } = sandbox.publishVersion(id);
    const stall = sandbox.faults.add({
      on: "cdn",
      path: String(variantIds[1]),
      stall: "body",
      at: 1_000_000,
    });
    const directory = join(folder, "package");
    const args = ["ingest", directory, "--version-id", versionId, "--json", ...flags];

    const first = start(args);
    // One of the two is here, and a third of the other.
    await vi.waitFor(() => expect(bytesBelow(folder)).toBeGreaterThan(3_900_000), 30_000);
    first.child.kill(name);
    const { code, stdout, stderr } = await first.ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ error: { name: "Interrupted", exitCode: 130 } });
    expect(stderr).toContain("interrupted; the same command goes on where it stopped\n");
    expect(readdirSync(folder)).not.toContain("package");

    stall.remove();
    const asked = sandbox.requests.length;
    expect((await adp(args)).code).toBe(0);
    expect((await adp(["verify", directory])).code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["key.json", "package"]);
    const ranges = sandbox.requests
      .slice(asked)
      .filter(({ path }) => path.includes("/cdn/") && path.includes("Variants"));
    expect(ranges.map(({ range }) => range)).toEqual([expect.stringMatching(/^bytes=\d{6,}-/)]);
  });

  test("ends a wait between two attempts with 130; that there is one was said", async () => {
    const { sandbox, flags } = await openAccount();
    sandbox.faults.add({ status: 503, headers: { "retry-after": "50" } });
    const waiting = start(["status", "--package-id", "1", ...flags]);
    await waiting.saw("GET /v1/alternativeDistributionPackages/1: 503, again in 50 s\n");
    waiting.child.kill(name);
    expect(await waiting.ended).toMatchObject({ code: 130, stdout: "" });
  });

  test("ends a wait for a version with 130", async () => {
    const { sandbox, flags } = await openAccount({ versionDelay: Number.POSITIVE_INFINITY });
    const given = ["--app-store-version-id", sandbox.addAppStoreVersion().id, ...flags];
    await adp(["create", ...given]);
    const waiting = start(["status", "--wait", ...given]);
    await waiting.saw("waiting for package");
    waiting.child.kill(name);
    expect(await waiting.ended).toMatchObject({ code: 130, stdout: "" });
  });
});

describe("interruptSignal", () => {
  function set() {
    const listeners: Record<string, () => void> = {};
    const end = vi.fn();
    let time = 1000;
    const source = { on: (name: string, listener: () => void) => (listeners[name] = listener) };
    const signal = interruptSignal(source, end, () => time);
    const press = (name: "SIGINT" | "SIGTERM", at: number) => {
      time = at;
      listeners[name]?.();
    };
    return { signal, end, press };
  }

  test("is aborted by the first signal", () => {
    const { signal, end, press } = set();
    expect(signal.aborted).toBe(false);
    press("SIGINT", 1000);
    expect(signal.reason).toBeInstanceOf(Interrupted);
    expect(end).not.toHaveBeenCalled();
  });

  test("takes one keypress that arrives twice, as under npx, for one", () => {
    const { end, press } = set();
    press("SIGINT", 1000);
    press("SIGINT", 1005);
    expect(end).not.toHaveBeenCalled();
  });

  test.each(["SIGINT", "SIGTERM"] as const)("ends at once on a second signal (%s)", (second) => {
    const { end, press } = set();
    press("SIGINT", 1000);
    press(second, 1400);
    expect(end).toHaveBeenCalledOnce();
  });
});
