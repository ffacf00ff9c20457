-- A day's log is known by its hash, 0 where nothing happened, so that one in memory is known to be the one that holds.
-- Digests are made anew.
drop table summed_days;
delete from day_sums;
delete from day_event_kinds;
delete from day_action_kinds;
drop table day_logs;

create table day_logs (
    site uinteger not null,
    "at" timestamp not null,
    part uinteger not null,
    log blob not null
);

create table summed_days (
    site uinteger not null,
    starts_at timestamp not null,
    ends_at timestamp not null,
    definition ubigint not null,
    log_hash ubigint not null
);
