-- What the scopes of rights ask of a found record: its kind, who is in charge, where it is, what it hangs on.
alter table platform.search
  add column record text,
  add column owner_id uuid,
  add column province_id int,
  add column parent_id uuid;
