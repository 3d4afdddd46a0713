-- First answers to requests that carry an Idempotency-Key; kept for two days.
create table platform.idempotency (
  user_id uuid not null,
  key text not null,
  fingerprint bytea not null,
  status int,
  location text,
  etag text,
  body bytea,
  at timestamptz not null default now(),
  primary key (user_id, key)
);
create index ix_idempotency_at on platform.idempotency (at);
