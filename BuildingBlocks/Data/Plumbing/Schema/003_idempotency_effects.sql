-- Which try of a request holds its key, in which session its host listens (gone with the host), and what its commands did so far: names and answers, noted
-- in the transactions of their effects.
alter table platform.idempotency
  add column attempt uuid,
  add column host int,
  add column effects jsonb not null default '[]';
