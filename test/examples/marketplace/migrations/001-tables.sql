-- What the marketplace knows. Jobs are in the schema `pgboss`, in the same database: one transaction can change both.

create table marketplace.packages (
  id text primary key,
  app_id text not null,
  -- What devices can download now. Without a version, nothing, whatever the store contains.
  served_version text,
  -- The job that works on the package; only this one may change its files.
  job_id uuid,
  -- Bytes of the running ingest.
  bytes bigint not null default 0,
  bytes_total bigint not null default 0,
  -- Why the last attempt failed, what to do about it, and whether the job was given up (see failures.ts).
  problem jsonb,
  -- When the package was last compared with Apple's.
  checked_at timestamptz not null default '-infinity'
);
create index packages_of_app on marketplace.packages (app_id);
create index packages_by_check on marketplace.packages (checked_at);

-- Every version that was ingested completely.
create table marketplace.versions (
  id text primary key,
  package_id text not null references marketplace.packages,
  manifest jsonb not null,
  ingested_at timestamptz not null default now()
);
create index versions_of_package on marketplace.versions (package_id);

-- Whether Apple lets the marketplace offer an app, or a package. `decided_at` is the time in the newest notification about
-- it: an older one that comes late changes nothing.
create table marketplace.decisions (
  kind text,
  id text,
  offered boolean not null,
  decided_at timestamptz not null,
  primary key (kind, id)
);

-- A package is wanted unless it or its app may not be offered.
create view marketplace.state as
  select p.*, v.manifest, v.ingested_at, not exists (select from marketplace.decisions d where not d.offered
    and (d.kind, d.id) in (('app', p.app_id), ('package', p.id))) as wanted
  from marketplace.packages p left join marketplace.versions v on v.id = p.served_version;

create view marketplace.served as
  select id as package_id, served_version as version_id, app_id, manifest, ingested_at
  from marketplace.state where served_version is not null;

-- For the licensing service, which asks with the id of an asset. Never served.
create table marketplace.key_blobs (
  asset_id text primary key,
  package_id text not null references marketplace.packages,
  key_blob text not null
);
create index key_blobs_of_package on marketplace.key_blobs (package_id);

-- Apple sends a notification more than once. These were handled.
create table marketplace.notifications (id text primary key, received_at timestamptz not null default now());
create index notifications_by_time on marketplace.notifications (received_at);

-- How far Apple's list of what it sent was read.
create table marketplace.missed (webhook_id text primary key, read_at timestamptz not null);

-- One row for each API key: when the next call of any worker may start (see api-limits.ts).
create table marketplace.api_limits (
  key_id text primary key,
  next_start timestamptz not null default '-infinity',
  paused_until timestamptz not null default '-infinity',
  hour_limit bigint,
  hour_remaining bigint
);
