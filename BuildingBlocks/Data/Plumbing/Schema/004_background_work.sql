-- Long work that somebody started and does not wait for. A row is claimed with a lease that its host renews; a lease that is not renewed is taken over by another host.
create table platform.background_work (
  id uuid primary key,
  key text not null,
  about text,
  args jsonb not null,
  user_id uuid,
  branch_id uuid,
  stage text not null default 'Waiting',
  done bigint not null default 0,
  total bigint,
  checkpoint jsonb,
  result jsonb,
  problem jsonb,
  url text,
  file_id uuid,
  file_name text,
  cancel_requested boolean not null default false,
  lease uuid,
  heartbeat timestamptz,
  starts int not null default 0,
  failures int not null default 0,
  due_at timestamptz not null default now(),
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz
);
create index ix_background_work_open on platform.background_work (due_at, id) where stage in ('Waiting', 'Running');
create index ix_background_work_user on platform.background_work (user_id, id);
