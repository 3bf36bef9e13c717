import { describe, expect, test } from "vitest";
import { createLimitedFetch } from "./api-limits.js";
import { databases, prepare, runScheduled, setUp, until } from "./test-support.js";

const noneOf = (name: string) =>
  `select count(*) = 0 as done from pgboss.job where name = '${name}' and state < 'completed'`;

/** No column has place for it. */
const FAR_TOO_LARGE = `user-hour-lim:${"9".repeat(30)};user-hour-rem:${"9".repeat(30)};`;

describe.each(databases)("on $name", ({ server }) => {
  test("reconciling finds what a lost notification would have said", async () => {
    const { sandbox, publish, created, idle, database, statusOf } = await setUp(server);
    const [updated, gone] = [publish(), publish()];
    for (const { versionId } of [updated, gone]) await created(versionId);
    await idle();
    const { versionId } = sandbox.publishVersion(updated.packageId, { deltas: 1 });
    sandbox.faults.add({ path: `${gone.packageId}/versions`, status: 404 });
    await runScheduled(database, "reconcile");
    await until(database, noneOf("reconcile"));
    await idle();
    expect(await database.sql`select version_id from marketplace.served`).toEqual([
      { version_id: versionId },
    ]);
    expect(await statusOf(`/packages/${gone.packageId}/manifest.json`)).toBe(404);
  });

  test("missed notifications are read from Apple and handled once", async () => {
    let isUp = true;
    let handle: ((request: Request) => Promise<Response>) | undefined;
    const { publish, sandbox, start, idle, database, webhook } = await prepare(server, {
      sandboxOptions: {
        receive: async (request) => (isUp && handle ? handle(request) : new Response(null, { status: 503 })),
      },
    });
    const marketplace = await start({ webhookId: await webhook() });
    handle = marketplace.handle;
    const received = publish();
    await sandbox.delivered();
    isUp = false;
    const missed = publish();
    await sandbox.delivered();
    isUp = true;
    // It is received after the missed one, which must not hide that.
    publish();
    await sandbox.delivered();
    await idle();
    expect(await database.sql`select package_id from marketplace.served`).toHaveLength(2);
    const requests = sandbox.requests.length;
    for (let count = 0; count < 2; count++) {
      await runScheduled(database, "missed");
      await until(database, noneOf("missed"));
      await idle();
    }
    expect(await database.sql`select package_id from marketplace.served`).toHaveLength(3);
    expect(
      await database.sql`select 1 from marketplace.served where package_id = ${missed.packageId}`,
    ).toHaveLength(1);
    // Nothing was asked about the package that is served already.
    const later = sandbox.requests.slice(requests).map(({ path }) => path);
    expect(later.filter((path) => path.includes(received.packageId))).toEqual([]);
  });

  test.each([
    { named: "0", seconds: 1 },
    { named: "-5", seconds: 1 },
    { named: "90", seconds: 90 },
    { named: "99999999999999999999", seconds: 3_600 },
    { named: "Wed, 21 Oct 2026 07:28:00 GMT", seconds: 30 },
    { named: undefined, seconds: 30 },
  ])("after a 429 with Retry-After $named, all workers of the key pause for $seconds s", async (answer) => {
    const { database, sandbox, apple } = await setUp(server, { workers: 0 });
    const headers = { ...(answer.named && { "retry-after": answer.named }), "x-rate-limit": FAR_TOO_LARGE };
    sandbox.faults.add({ path: "/v1/apps", status: 429, headers });
    const [first, second] = [1, 2].map(() => createLimitedFetch({ database, keyId: "key" }));
    expect((await first?.(`${apple.url}/v1/apps`, {}))?.status).toBe(429);
    const [row] = await database.sql<{ pause: number }>`
      select extract(epoch from paused_until - now())::float8 as pause from marketplace.api_limits`;
    // Some time may have passed since.
    expect(row?.pause).toBeLessThanOrEqual(answer.seconds);
    expect(row?.pause).toBeGreaterThan(answer.seconds - 20);
    await database.sql`update marketplace.api_limits set paused_until = now() + interval '1 minute'`;
    const requests = sandbox.requests.length;
    expect((await second?.(`${apple.url}/v1/apps`, {}))?.status).toBe(429);
    expect(sandbox.requests).toHaveLength(requests);
  });

  test("the calls of a key are spread over the minute, whichever process makes them", async () => {
    const { database, apple } = await setUp(server, { workers: 0 });
    // Two processes with a fetch each. 240 a minute are four a second.
    const [first, second] = [1, 2].map(() => createLimitedFetch({ database, keyId: "key", perMinute: 240 }));
    const statuses: (number | undefined)[] = [];
    for (const fetch of [first, second, first, second, first])
      statuses.push((await fetch?.(`${apple.url}/v1/apps`, {}))?.status);
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    // Each took a quarter of a second from what may start later.
    const [row] = await database.sql<{ taken: number }>`
      select extract(epoch from next_start - now())::float8 as taken from marketplace.api_limits`;
    expect(row?.taken).toBeGreaterThan(-2);
    await database.sql`update marketplace.api_limits set next_start = now() + interval '1 minute'`;
    const refused = await second?.(`${apple.url}/v1/apps`, {});
    expect(refused?.status).toBe(429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(50);
  });
});
