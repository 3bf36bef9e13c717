/** What the page shows, read from the tables in three statements. */
import type { Queries } from "./database.js";
import type { Failure } from "./failures.js";

export interface PackageRow {
  readonly id: string;
  readonly appId: string;
  readonly bundleId: string | null;
  /** The served version, as people see it. */
  readonly version: string | null;
  readonly wanted: boolean;
  readonly since: Date | null;
  /** What its job does, if it has one. */
  readonly job: "waiting" | "active" | null;
  readonly bytes: number;
  readonly bytesTotal: number;
  readonly problem: (Failure & { readonly at: string }) | null;
}

export interface Overview {
  readonly counts: { readonly served: number; readonly packages: number; readonly problems: number; readonly jobs: number };
  /** The ones that need a look first, then the running ones, then the newest. */
  readonly packages: readonly PackageRow[];
  readonly limits: readonly ApiLimit[];
}

export interface ApiLimit {
  readonly limit: number | null;
  readonly remaining: number | null;
  /** Seconds until calls are made again; 0 if nothing is in the way. */
  readonly pause: number;
}

const SHOWN = 200;

export async function readOverview(queries: Queries): Promise<Overview> {
  const packages = await queries.query<PackageRow>(
    `with jobs as (
       select coalesce(data->>'packageId', '') as package_id, bool_or(state = 'active') as active
       from pgboss.job where name = 'packages' and state < 'completed' group by 1)
     select p.id, p.app_id as "appId", s.manifest->>'bundleId' as "bundleId", s.manifest->>'shortVersionString' as version,
       p.offered and a.offered as wanted, s.since, case when j.active then 'active' when j.active is not null then 'waiting' end as job,
       p.bytes::float8 as bytes, p.bytes_total::float8 as "bytesTotal", p.problem
     from marketplace.packages p join marketplace.apps a on a.id = p.app_id
     left join marketplace.served s on s.package_id = p.id left join jobs j on j.package_id = p.id
     order by (p.problem->>'then' = 'give-up') desc nulls last, p.problem is null, j.active desc nulls last, s.since desc nulls last, p.id
     limit ${SHOWN}`,
  );
  const [counts] = await queries.query<Overview["counts"]>(
    `select (select count(*) from marketplace.served)::int as served, (select count(*) from marketplace.packages)::int as packages,
       (select count(*) from marketplace.packages where problem is not null)::int as problems,
       (select count(*) from pgboss.job where name = 'packages' and state < 'completed')::int as jobs`,
  );
  const limits = await queries.query<ApiLimit>(
    `select hour_limit as limit, hour_remaining as remaining,
       greatest(0, ceil(extract(epoch from paused_until - now())))::float8 as pause
     from marketplace.api_limits order by key_id`,
  );
  return { counts: counts ?? { served: 0, packages: 0, problems: 0, jobs: 0 }, packages, limits };
}
