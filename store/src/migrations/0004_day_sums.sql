-- Sums of whole days, so that a report over a year need not read a year's events: what the room of reports asked to be
-- kept, by site, day (or hour, in `at`), fact and one dimension. Each column of sums is one measure of the fact.

create table day_sums (
    site uinteger not null,
    "at" timestamp not null,
    fact utinyint not null,
    dimension utinyint not null,
    value varchar,
    s0 bigint not null,
    s1 bigint not null,
    s2 bigint not null,
    s3 bigint not null,
    s4 bigint not null
);

-- The days whose sums are those of the tables: a batch that changes a day takes it out in the same transaction.
-- `definition` tells sums apart that another version, or another zone of the site, made.
create table summed_days (
    site uinteger not null,
    starts_at timestamp not null,
    ends_at timestamp not null,
    definition ubigint not null
);
