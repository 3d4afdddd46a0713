-- Files that bring records in: how they are read, how far they came, what they refused, and what they changed, for the undo.
create table platform.imports (
  id uuid primary key,
  target text not null,
  file_name text not null,
  size bigint not null,
  kind text not null,
  encoding text not null,
  delimiter text not null,
  heads text[] not null,
  shape text not null,
  columns text[] not null,
  key_field text,
  mode text not null,
  adds_values boolean not null,
  tells boolean not null,
  user_id uuid,
  created_at timestamptz not null,
  run_id uuid,
  undo_id uuid,
  added bigint not null default 0,
  changed bigint not null default 0,
  same bigint not null default 0,
  refused bigint not null default 0,
  undone bigint not null default 0,
  kept bigint not null default 0
);
create index ix_imports_user on platform.imports (user_id, target, id);
create table platform.import_refused (
  import_id uuid not null references platform.imports on delete cascade,
  row bigint not null,
  cells text[] not null,
  reasons text not null,
  primary key (import_id, row)
);
create table platform.import_changes (
  import_id uuid not null references platform.imports on delete cascade,
  record_id uuid not null,
  before jsonb,
  after jsonb,
  at timestamptz not null,
  primary key (import_id, record_id)
);
create table platform.import_kept (
  import_id uuid not null references platform.imports on delete cascade,
  record_id uuid not null,
  name text not null,
  why text not null,
  primary key (import_id, record_id)
);
-- How files of one shape were read the last time, by each user; a null user stands for everybody.
create table platform.import_maps (
  target text not null,
  shape text not null,
  user_id uuid,
  columns text[] not null,
  key_field text,
  mode text not null,
  adds_values boolean not null,
  at timestamptz not null default now(),
  unique nulls not distinct (target, shape, user_id)
);
