import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { createLimitedFetch } from "./api-limits.js";
import { LeaseLostError } from "./queue.js";
import type { Store } from "./store.js";
import { databases, prepare, setUp, until } from "./test-support.js";

/** For what happens soon, on a busy machine too. */
const WAIT = { timeout: 30_000, interval: 20 };
const takenDown = "AppVersionsUnavailable";

/** Notes which packages a store is asked about, in order. An ingest begins when the promise is fulfilled. */
function recording(store: Store, turn?: Promise<void>): { readonly store: Store; readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    store: (id) => {
      const place = store(id);
      return {
        location: place.location,
        list: (context) => place.list(context),
        read: (path, context) => place.read(path, context),
        open: async (context) => {
          calls.push(`ingest ${id}`);
          await turn;
          return place.open(context);
        },
        remove: (context) => {
          calls.push(`remove ${id}`);
          return place.remove(context);
        },
      };
    },
  };
}

describe.each(databases)("on $name", ({ server }) => {
  test("a package that Apple did not sign ends in the dead-letter queue with its reason and blocks nothing", async () => {
    const { sandbox, publish, created, idle, statusOf, get, database, handle } = await setUp(server, {
      workers: 1,
    });
    const [hostile, good] = [publish(), publish()];
    const fault = sandbox.faults.add({ path: hostile.versionId, signature: "untrusted" });
    await created(hostile.versionId);
    await created(good.versionId);
    await idle();
    expect(await statusOf(`/packages/${hostile.packageId}/manifest.json`)).toBe(404);
    expect(await statusOf(`/packages/${good.packageId}/manifest.json`)).toBe(200);
    expect(
      await database.sql`select data, output->>'reason' as reason from pgboss.job where name = 'dead'`,
    ).toEqual([{ data: { packageId: hostile.packageId }, reason: "signature" }]);
    const page = await (await get("/")).text();
    expect(page).toContain("given up");
    expect(page).toContain("Next step:</strong> Apple did not make it like this");

    fault.remove();
    const retry = `http://localhost/packages/${hostile.packageId}/retry`;
    const press = (site: string) =>
      handle(new Request(retry, { method: "POST", headers: { "sec-fetch-site": site } }));
    expect((await press("cross-site")).status).toBe(403);
    expect((await press("same-origin")).status).toBe(303);
    await idle();
    expect(await statusOf(`/packages/${hostile.packageId}/manifest.json`)).toBe(200);
  });

  test("many workers and many notifications about one package: one job at a time, each file downloaded once", async () => {
    const { publish, start, idle, downloads, database } = await prepare(server);
    const { packageId, versionId } = publish({ variants: 3 });
    const before = await start({ workers: 0 });
    let goOn = () => {};
    const posted = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { store, calls } = recording(before.context.store, posted);
    // Asked as often as in the other tests, PGlite would be too busy to do the jobs.
    const { created, post } = await start({ workers: 8, pollInterval: 500, store });
    await created(versionId);
    await vi.waitFor(() => expect(calls).toHaveLength(1), WAIT);
    for (let count = 0; count < 10; count++) {
      await post({ type: "alternativeDistributionPackageVersionCreated", about: versionId });
      await post({ type: "alternativeDistributionPackageAvailableUpdated", about: packageId });
    }
    // Until a worker took a second job, and put it back.
    const postponed = () =>
      database.sql`select from pgboss.job where name = 'packages' and state = 'created' and start_after > created_on`;
    await vi.waitFor(async () => expect(calls.length + (await postponed()).length).toBeGreaterThan(1), WAIT);
    goOn();
    await idle();
    // The jobs after the first found the version served.
    expect(calls).toEqual([`ingest ${packageId}`]);
    expect(downloads()).toHaveLength(4);
    expect(new Set(downloads()).size).toBe(4);
    expect(await database.sql`select version_id from marketplace.served`).toEqual([
      { version_id: versionId },
    ]);
  });

  test("a takedown is processed before ingests that wait longer", async () => {
    const { publish, start, idle, database, packageFolder } = await prepare(server);
    const before = await start({ workers: 0 });
    const packages = Array.from({ length: 5 }, () => publish());
    for (const { packageId } of packages) {
      await before.post({ type: "alternativeDistributionPackageAvailableUpdated", about: packageId });
    }
    const { packageId: removed = "" } = packages.at(-1) ?? {};
    await before.post({ type: takenDown, about: removed });
    const { store, calls } = recording(before.context.store);
    await start({ workers: 1, store });
    await idle();
    expect(calls[0]).toBe(`remove ${removed}`);
    expect(calls).toHaveLength(5);
    await expect(stat(packageFolder(removed))).rejects.toThrow();
    expect(await database.sql`select package_id from marketplace.served`).toHaveLength(4);
  });

  test("a takedown ends the ingest of its package", async () => {
    const { sandbox, publish, created, post, idle, database, directory } = await setUp(server, { lease: 1 });
    const { packageId, versionId } = publish({ variants: 1 });
    // This download never ends.
    const fault = sandbox.faults.add({ path: "Variants", stall: "body" });
    await created(versionId);
    await vi.waitFor(() => expect(fault.hits).toBe(1), WAIT);
    await post({ type: takenDown, about: packageId });
    await idle();
    expect(await readdir(`${directory}/packages`)).toEqual([]);
    expect(await database.sql`select * from marketplace.served`).toEqual([]);
  });

  test("the job of a worker that disappeared is taken over when its lease ends", async () => {
    const { publish, start, idle, database } = await prepare(server, { lease: 1 });
    const { created, context } = await start({ workers: 0 });
    const { versionId } = publish();
    await created(versionId);
    // As a worker that is killed right after it got the job.
    const job = await context.queue.fetch(["packages"]);
    expect(job?.data.versionId).toBe(versionId);
    // As if its lease had ended.
    await database.sql`update pgboss.job set started_on = started_on - interval '1 minute' where state = 'active'`;
    await start();
    await idle();
    expect(await database.sql`select version_id from marketplace.served`).toEqual([
      { version_id: versionId },
    ]);
    if (job) await expect(context.queue.renew(database, job)).rejects.toThrow(LeaseLostError);
  });

  test("a worker that stops puts its job back into the queue, and the next worker continues it", async () => {
    const { sandbox, publish, start, idle, database, downloads } = await prepare(server);
    const first = await start();
    const { versionId, variantIds } = publish({ variants: 2 });
    const [, last = ""] = variantIds;
    const fault = sandbox.faults.add({ path: last, stall: "headers" });
    await first.created(versionId);
    await vi.waitFor(() => expect([fault.hits, downloads().length]).toEqual([1, 2]), WAIT);
    await first.stop(0);
    fault.remove();
    expect(await database.sql`select state, retry_count from pgboss.job where name = 'packages'`).toEqual([
      { state: "created", retry_count: 0 },
    ]);
    await start();
    await idle();
    expect(await database.sql`select version_id from marketplace.served`).toEqual([
      { version_id: versionId },
    ]);
    expect(new Set(downloads()).size).toBe(downloads().length);
  });

  test("when the hour is used up, jobs wait without a failed attempt, and go on in the next one", async () => {
    let now = Date.now();
    const { publish, created, idle, get, database } = await setUp(server, {
      sandboxOptions: { now: () => now, limits: { perHour: 10 } },
      clientOptions: (shared) => ({
        fetch: createLimitedFetch({ database: shared, keyId: "key", perMinute: 60_000 }),
      }),
    });
    const packages = Array.from({ length: 6 }, () => publish());
    for (const { versionId } of packages) await created(versionId);
    await until(
      database,
      "select count(*) = 0 as done from pgboss.job where name = 'packages' and state < 'completed' and start_after <= now()",
    );
    expect(await (await get("/")).text()).toContain(
      "0 of 10 calls left in this hour; calls are made again in",
    );
    const [failed] =
      await database.sql`select from pgboss.job where name = 'packages' and (state = 'retry' or retry_count > 0)`;
    expect(failed).toBeUndefined();

    for (let hour = 0; hour < 2; hour++) {
      now += 3_600_000;
      await database.sql`update marketplace.api_limits set paused_until = now()`;
      await database.sql`update pgboss.job set start_after = now() where name = 'packages'`;
      await until(
        database,
        "select count(*) = 0 as done from pgboss.job where name = 'packages' and state < 'completed' and start_after <= now()",
      );
    }
    await idle();
    expect(await database.sql`select package_id from marketplace.served`).toHaveLength(6);
  });

  test("a failure that may pass is tried again, and given up after the last attempt", async () => {
    const { sandbox, publish, created, idle, database } = await setUp(server, {
      retryLimit: 1,
      clientOptions: () => ({ maxRetries: 0 }),
    });
    const { packageId, versionId } = publish({ variants: 1 });
    const fault = sandbox.faults.add({ path: `${packageId}/versions`, status: 500 });
    await created(versionId);
    await until(database, "select problem->>'kind' = 'retry' as done from marketplace.packages");
    // As if the delay were over.
    await database.sql`update pgboss.job set start_after = now() where state = 'retry'`;
    await idle();
    expect(
      await database.sql`select problem->>'kind' as kind, problem->>'reason' as reason from marketplace.packages`,
    ).toEqual([{ kind: "give up", reason: "ServerError" }]);
    fault.remove();
    // A new version is a reason to try again.
    await created(sandbox.publishVersion(packageId, { variants: 1 }).versionId);
    await idle();
    expect(await database.sql`select problem from marketplace.packages`).toEqual([{ problem: null }]);
  });

  test("something else in the package's place is not overwritten", async () => {
    const { publish, created, idle, database, packageFolder } = await setUp(server);
    const { packageId, versionId } = publish();
    await mkdir(packageFolder(packageId), { recursive: true });
    await writeFile(`${packageFolder(packageId)}/notes.txt`, "mine");
    await created(versionId);
    await idle();
    expect(await database.sql`select problem->>'reason' as reason from marketplace.packages`).toEqual([
      { reason: "target" },
    ]);
    expect(await readdir(packageFolder(packageId))).toEqual(["notes.txt"]);
  });
});
