-- What the plumbing writes, shared by all modules. One file per step, never changed once released.
create schema if not exists platform;
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

-- The form that a search compares; Crm.Core.PersianText.Fold does the same and a test holds the two together.
create or replace function platform.fold_fa(t text) returns text
language sql immutable parallel safe strict as $$
  select btrim(regexp_replace(
    lower(translate(t,
      'يىئكةۀأإآٱؤ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩' || chr(160) || chr(9) || chr(10) || chr(13)
        || chr(1600) || chr(1569) || chr(8203) || chr(8204) || chr(8205) || chr(8206) || chr(8207) || chr(1648)
        || chr(1611) || chr(1612) || chr(1613) || chr(1614) || chr(1615) || chr(1616) || chr(1617) || chr(1618) || chr(1619) || chr(1620) || chr(1621) || chr(1622) || chr(1623) || chr(1624) || chr(1625) || chr(1626) || chr(1627) || chr(1628) || chr(1629) || chr(1630) || chr(1631),
      'یییکههااااو01234567890123456789    ')),
    ' +', ' ', 'g'), ' ')
$$;

-- One row per event and reactor; deleted in the transaction of the reaction, so a reaction takes effect exactly once.
create table platform.outbox (
  id uuid primary key,
  event_id uuid not null,
  name text not null,
  reactor text not null,
  payload jsonb not null,
  branch_id uuid,
  user_id uuid,
  occurred_at timestamptz not null,
  due_at timestamptz not null,
  attempts int not null default 0,
  error text,
  stuck boolean not null default false
);
create index ix_outbox_due on platform.outbox (due_at, id) where not stuck;

-- Answers already given to commands that carry an execution's id: a repeat is answered, not done again.
create table platform.inbox (
  consumer text not null,
  message_id uuid not null,
  outcome jsonb,
  at timestamptz not null default now(),
  primary key (consumer, message_id)
);
create index ix_inbox_at on platform.inbox (at);

create table platform.audit (
  id uuid primary key,
  at timestamptz not null,
  user_id uuid,
  user_name text not null,
  through text not null,
  command text not null,
  entity text not null,
  entity_id uuid not null,
  root_id uuid,
  action char(1) not null,
  changes jsonb
);
create index ix_audit_entity on platform.audit (entity_id, at);
create index ix_audit_root on platform.audit (root_id, at) where root_id is not null;

create table platform.search (
  id uuid primary key,
  type text not null,
  title text not null,
  subtitle text not null,
  text text not null,
  url text not null,
  permission text not null,
  branch_id uuid,
  updated_at timestamptz not null
);
create index ix_search_text on platform.search using gin (text gin_trgm_ops);

create table platform.data_protection_keys (
  name text primary key,
  xml text not null,
  at timestamptz not null default now()
);
