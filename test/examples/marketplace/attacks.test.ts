/** Many requests at once, killed workers, and a database that restarts. More of it is in jobs.test.ts and in the soak test. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { thorough } from "../../support/thorough.js";
import { openDatabase } from "./database.js";
import { runPackageJob } from "./package-job.js";
import type { Queue } from "./queue.js";
import { databases, emptyDatabase, prepare, setUp } from "./test-support.js";

describe.each(databases)("on $name", ({ server }) => {
  test("the same notification 100 times at once is handled once", async () => {
    const { sandbox, publish, handle, idle, downloads, database } = await setUp(server);
    const { versionId } = publish({ variants: 1 });
    const type = "alternativeDistributionPackageVersionCreated";
    const request = sandbox.notification({ type, about: versionId, url: "http://localhost/notifications" });
    const answers = await Promise.all(Array.from({ length: 100 }, () => handle(request.clone())));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await idle();
    expect(downloads()).toHaveLength(2);
    expect(await database.sql`select id from marketplace.notifications`).toHaveLength(1);
  });

  test("an offer and a takedown of many packages at once: all are decided, and the newer ones count", async () => {
    let now = Date.now();
    const { sandbox, publish, handle, idle, database } = await setUp(server, {
      sandboxOptions: { now: () => now },
    });
    const type = "alternativeDistributionPackageAvailableUpdated" as const;
    const url = "http://localhost/notifications";
    const packages = Array.from({ length: 10 }, () => publish({ variants: 1 }).packageId);
    const offers = packages.map((about) => sandbox.notification({ type, about, url }));
    now += 1_000;
    const removals = packages
      .slice(5)
      .map((about) => sandbox.notification({ type, about, url, available: false }));
    const answers = await Promise.all(
      [...removals, ...offers, ...removals].map((sent) => handle(sent.clone())),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await idle();
    const served = await database.sql<{ id: string }>`select package_id as id from marketplace.served`;
    expect(served.map(({ id }) => id).sort()).toEqual(packages.slice(0, 5).sort());
  });

  test("a worker is killed during the last attempt: the page says so, and the package can be tried again", async () => {
    const { sandbox, publish, post, start, idle, context, get, fetch, database } = await setUp(server, {
      workers: 0,
      retryLimit: 0,
    });
    const { packageId } = publish({ variants: 1 });
    const page = async () => (await get("/")).text();
    const stalled = sandbox.faults.add({ on: "cdn", stall: "headers" });
    await post({ type: "alternativeDistributionPackageAvailableUpdated", about: packageId });
    const job = await context.queue.fetch(["packages"]);
    // It is at work and does not renew its lease, as a worker that was killed.
    const queue: Queue = Object.create(context.queue, { renew: { value: async () => {} } });
    const killed = new AbortController();
    const work = job && runPackageJob({ ...context, queue }, job, killed.signal);
    const ended = expect(work).rejects.toThrow("killed");
    await vi.waitUntil(() => stalled.hits > 0, { timeout: 30_000, interval: 20 });
    expect(await page()).toContain("ingesting");
    expect(await page()).toContain("Problems: 0");
    // As if its lease had ended.
    await database.sql`update pgboss.job set started_on = started_on - interval '1 minute' where state = 'active'`;
    await idle();
    expect(await page()).toContain("given up");
    expect(await page()).toContain("Next step:</strong> Check the memory and the logs of the workers");
    killed.abort(new Error("killed"));
    await ended;

    stalled.remove();
    await fetch(`http://localhost/packages/${packageId}/retry`, {
      method: "POST",
      headers: { "sec-fetch-site": "same-origin" },
    });
    await start({ workers: 1 });
    await idle();
    expect(await page()).toContain("1 of 1 packages served. Jobs: 0. Problems: 0.");
  });

  test("a version whose package was not found is on the page: the worker was killed, or Apple does not know it; it can be tried again", async () => {
    const { sandbox, publish, created, post, start, idle, context, get, fetch, database } = await setUp(
      server,
      {
        workers: 0,
        retryLimit: 0,
        lease: 1,
      },
    );
    const page = async () => (await get("/")).text();
    const { packageId, versionId } = publish({ variants: 1 });
    const retry = () =>
      fetch(`http://localhost/packages/${versionId}/retry`, {
        method: "POST",
        headers: { "sec-fetch-site": "same-origin" },
      });
    await created(versionId);
    expect(await context.queue.fetch(["packages"])).toBeDefined();
    await idle();
    expect(await page()).toContain(`id="${versionId}"><span class="state">given up`);
    expect(await page()).toContain("Next step:</strong> Check the memory and the logs of the workers");
    expect(await page()).toContain("Problems: 1.");

    const fault = sandbox.faults.add({ path: versionId, status: 404 });
    await retry();
    expect(await page()).toContain("Jobs: 1. Problems: 0.");
    await start({ workers: 1 });
    await idle();
    expect(await page()).toContain("NotFoundError");
    expect(await page()).toContain("Next step:</strong> Apple does not have it any more.");

    fault.remove();
    // It is also found when Apple names the package.
    await post({ type: "alternativeDistributionPackageAvailableUpdated", about: packageId });
    await idle();
    expect(await page()).toContain("1 of 1 packages served. Jobs: 0. Problems: 0.");
    await retry();
    await idle();
    expect(await page()).toContain("1 of 1 packages served. Jobs: 0. Problems: 0.");
    expect(await database.sql`select data from pgboss.job where name = 'dead'`).toEqual([]);
  });

  test.skipIf(!thorough)(
    "a job whose workers are all killed is given up, and tried again when Apple sends another notification",
    async () => {
      const { publish, start, created, idle, context, database } = await setUp(server, {
        workers: 0,
        retryLimit: 1,
        lease: 1,
      });
      const { packageId, versionId } = publish();
      await created(versionId);
      // Two workers that are killed right after they got the job.
      for (const attempt of [0, 1]) {
        const job = await vi.waitUntil(() => context.queue.fetch(["packages"]), {
          timeout: 30_000,
          interval: 20,
        });
        expect(job.retryCount).toBe(attempt);
      }
      await vi.waitUntil(
        async () => (await database.sql`select from pgboss.job where name = 'dead'`).length > 0,
        { timeout: 30_000, interval: 20 },
      );
      // Another notification is a reason to try again.
      await start({ workers: 1 });
      await created(versionId);
      await idle();
      expect(await database.sql`select package_id from marketplace.served`).toEqual([
        { package_id: packageId },
      ]);
    },
  );
});

describe.skipIf(!process.env.DATABASE_URL)("on a server", () => {
  const server = process.env.DATABASE_URL;

  test("two processes can start at the same moment on an empty database", async () => {
    for (let count = 0; count < 5; count++) {
      const { url, close } = await emptyDatabase(server);
      await close();
      const { start } = await prepare(server);
      const databases = await Promise.all([1, 2, 3].map(() => openDatabase(url)));
      const marketplaces = await Promise.all(databases.map((database) => start({ database, workers: 1 })));
      for (const { stop } of marketplaces) await stop(0);
      for (const database of databases) await database.close();
    }
  });

  test("when the database restarts in the middle of an ingest, nothing is lost", async () => {
    const { sandbox, publish, created, idle, database } = await setUp(server);
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => errors.mockRestore());
    const { versionId } = publish({ variants: 2 });
    const fault = sandbox.faults.add({ on: "cdn", delay: 1_000 });
    await created(versionId);
    await vi.waitUntil(() => fault.hits > 0, { timeout: 30_000, interval: 20 });
    for (let count = 0; count < 3; count++) {
      // As a restart does, for connections that wait and for those in the middle of a transaction.
      await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`;
    }
    fault.remove();
    await idle();
    expect(await database.sql`select version_id from marketplace.served`).toEqual([
      { version_id: versionId },
    ]);
  });
});
