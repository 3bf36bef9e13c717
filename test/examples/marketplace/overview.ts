/** What the page shows, read from the tables. */
import type { Queries } from "./database.js";
import { type Failure, WORKER_LOST } from "./failures.js";

export interface PackageRow {
  readonly id: string;
  /** Of the served version, if there is one. */
  readonly title: string;
  readonly state: string;
  /** Of the running ingest; else 0. */
  readonly bytes: number;
  readonly bytesTotal: number;
  readonly problem: Failure | null;
}

export interface Overview {
  readonly served: number;
  readonly total: number;
  readonly problems: number;
  readonly jobs: number;
  /** First those that were given up, then other problems, then the running ones, then the newest. */
  readonly packages: readonly PackageRow[];
  /** Of each API key. `pause`: seconds until calls are made again; 0 if there is no pause. */
  readonly limits: readonly { limit: number | null; remaining: number | null; pause: number }[];
}

export async function readOverview({ sql }: Queries): Promise<Overview> {
  const [overview] = await sql<Overview>`
    with jobs as (select coalesce(data->>'packageId', data->>'versionId') as id, bool_or(state = 'active') as active
      from pgboss.job where name = 'packages' and state < 'completed' group by 1),
    known as (select id, ingested_at, served_version, wanted, bytes, bytes_total, problem as failure,
        coalesce(manifest->>'bundleId' || ' ' || (manifest->>'shortVersionString'), 'App ' || app_id) as title
      from marketplace.state
      union all select data->>'versionId', null, null, true, 0, 0,
        case when output ? 'kind' then output else ${JSON.stringify(WORKER_LOST)}::jsonb end, 'A version of app ' || (data->>'appId')
      from pgboss.job where name = 'dead' and data ? 'versionId' and data->>'versionId' not in (select id from marketplace.versions)),
    packages as (select k.*, active, j.id is not null as "hasJob",
        case when j.id is null or failure->>'reason' <> ${WORKER_LOST.reason} then failure end as problem
      from known k left join jobs j on j.id = k.id),
    rows as (select id, problem, title, bytes, case when active then bytes_total else 0 end as "bytesTotal",
        case when not wanted then case when "hasJob" then 'being removed' else 'taken down' end
          when active then case when served_version is null then 'ingesting' else 'updating' end
          when problem->>'kind' = 'give up' then 'given up'
          when problem is not null or served_version is null and "hasJob" then 'waiting'
          when served_version is null then 'not ingested'
          when "hasJob" then 'served, update waits' else 'served' end as state
      from packages order by problem->>'kind' = 'give up' desc nulls last, problem is null, active desc nulls last,
        ingested_at desc nulls last, id limit 200)
    select count(served_version)::int as served, count(*)::int as total, count(problem)::int as problems,
      (select count(*) from jobs)::int as jobs, (select coalesce(json_agg(rows), '[]') from rows) as packages,
      (select coalesce(json_agg(json_build_object('limit', hour_limit, 'remaining', hour_remaining,
        'pause', greatest(0, ceil(extract(epoch from paused_until - now()))))), '[]') from marketplace.api_limits) as limits
    from packages`;
  return overview as Overview; // an aggregate has one row
}
