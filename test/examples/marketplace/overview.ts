/** What the page shows, read from the tables in three statements. */
import type { Queries } from "./database.js";
import type { Failure } from "./failures.js";

export interface PackageRow {
  readonly id: string;
  readonly appId: string;
  readonly bundleId: string | null;
  /** The served version, as people see it. */
  readonly version: string | null;
  readonly isWanted: boolean;
  readonly isServed: boolean;
  /** Whether its job runs; `null` if it has none. */
  readonly isActive: boolean | null;
  readonly bytes: number;
  readonly bytesTotal: number;
  readonly problem: Failure | null;
}

interface Counts {
  readonly served: number;
  readonly packages: number;
  readonly problems: number;
  readonly jobs: number;
}

export interface ApiLimit {
  readonly limit: number | null;
  readonly remaining: number | null;
  /** Seconds until calls are made again; 0 if nothing is in the way. */
  readonly pause: number;
}

export interface Overview {
  readonly counts: Counts | undefined;
  /** The ones that need a look first, then the running ones, then the newest. */
  readonly packages: readonly PackageRow[];
  readonly limits: readonly ApiLimit[];
}

export async function readOverview({ sql }: Queries): Promise<Overview> {
  const packages = await sql<PackageRow>`
    with jobs as (select data->>'packageId' as package_id, bool_or(state = 'active') as active
      from pgboss.job where name = 'packages' and state < 'completed' group by 1)
    select p.id, p.app_id as "appId", s.manifest->>'bundleId' as "bundleId", s.manifest->>'shortVersionString' as version,
      p.offered and a.offered as "isWanted", s.package_id is not null as "isServed", j.active as "isActive",
      p.bytes::float8 as bytes, p.bytes_total::float8 as "bytesTotal", p.problem
    from marketplace.packages p join marketplace.apps a on a.id = p.app_id
    left join marketplace.served s on s.package_id = p.id left join jobs j on j.package_id = p.id
    order by p.problem->>'kind' = 'give up' desc nulls last, p.problem is null, j.active desc nulls last, s.since desc nulls last, p.id
    limit 200`;
  const [counts] = await sql<Counts>`
    select (select count(*) from marketplace.served)::int as served, count(*)::int as packages, count(problem)::int as problems,
      (select count(*) from pgboss.job where name = 'packages' and state < 'completed')::int as jobs from marketplace.packages`;
  const limits = await sql<ApiLimit>`select hour_limit::float8 as limit, hour_remaining::float8 as remaining,
      greatest(0, ceil(extract(epoch from paused_until - now())))::float8 as pause from marketplace.api_limits order by key_id`;
  return { counts, packages, limits };
}
