import { verifyNotification } from "app-store-alternative-distribution/notifications";
import { describe, expect, test } from "vitest";
import { createLimitedFetch } from "./api-limits.js";
import { databases, prepare, setUp, until } from "./test-support.js";

const noneOf = (name: string) =>
  `select count(*) = 0 as done from pgboss.job where name = '${name}' and state < 'completed'`;

describe.each(databases)("on $name", ({ server }) => {
  test("reconciling finds what a lost notification would have said", async () => {
    const { sandbox, publish, created, idle, database, context, statusOf } = await setUp(server);
    const [updated, gone] = [publish(), publish()];
    for (const { versionId } of [updated, gone]) await created(versionId);
    await idle();
    const { versionId } = sandbox.publishVersion(updated.packageId, { deltas: 1 });
    sandbox.faults.add({ path: `${gone.packageId}/versions`, status: 404 });
    await context.queue.sendScheduled("reconcile");
    await until(database, noneOf("reconcile"));
    await idle();
    expect(await database.sql`select version_id from marketplace.served`).toEqual([
      { version_id: versionId },
    ]);
    expect(await statusOf(`/packages/${gone.packageId}/manifest.json`)).toBe(404);
  });

  test("missed notifications are read from Apple and handled once", async () => {
    const { sandbox, publish, start, idle, database } = await prepare(server);
    const [received, missed] = [publish(), publish()];
    const about = (versionId: string) => ({
      type: "alternativeDistributionPackageVersionCreated" as const,
      about: versionId,
      id: versionId,
    });
    const { context, post } = await start({
      async *readMissed() {
        for (const { versionId } of [received, missed]) {
          const request = sandbox.notification(about(versionId));
          const signature = request.headers.get("x-apple-signature");
          const body = await request.text();
          yield await verifyNotification({ body, signature, secret: sandbox.notificationSecret });
        }
      },
    });
    await post(about(received.versionId));
    await idle();
    const requests = sandbox.requests.length;
    await context.queue.sendScheduled("missed");
    await until(database, noneOf("missed"));
    await idle();
    expect(await database.sql`select id from marketplace.notifications`).toHaveLength(2);
    expect(await database.sql`select package_id from marketplace.served`).toHaveLength(2);
    // Nothing was asked about the package that is served already.
    expect(sandbox.requests.slice(requests).filter(({ path }) => path.includes(received.packageId))).toEqual(
      [],
    );
  });

  test("the calls of a key are spread over the minute, whichever process makes them", async () => {
    const { database, apple } = await setUp(server, { workers: 0 });
    // Two processes with a fetch each. 60 a minute is one a second; five may start at once.
    const [first, second] = [1, 2].map(() => createLimitedFetch({ database, keyId: "key", perMinute: 60 }));
    const statuses: (number | undefined)[] = [];
    for (const fetch of [first, second, first, second, first])
      statuses.push((await fetch?.(`${apple.url}/v1/apps`, {}))?.status);
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    // Each took a second from what may start later.
    const [row] = await database.sql<{ taken: number }>`
      select extract(epoch from next_start - now())::float8 as taken from marketplace.api_limits`;
    expect(row?.taken).toBeGreaterThan(-2);
    await database.sql`update marketplace.api_limits set next_start = now() + interval '1 minute'`;
    const refused = await second?.(`${apple.url}/v1/apps`, {});
    expect(refused?.status).toBe(429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(50);
  });
});
