-- Words stand between spaces, so that the beginning and the end of every word can be asked for by the trigram index: '% 98%', '%4567 %'.
alter table platform.search add column sound text not null default '';
update platform.search set text = ' ' || btrim(text) || ' ';
create index ix_search_sound on platform.search using gin (sound gin_trgm_ops);
-- What many records hold is found among the latest of them, without reading all that have it.
create index ix_search_recent on platform.search (updated_at desc);
