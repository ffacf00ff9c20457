-- What visits did, day by day, in a form that one pass reads: beside the sums of whole days, made and given up with them.
-- A log lies under the day that its visits began on. It names what happened by numbers, its kinds, which hold for that
-- day alone. It comes in parts of some kilobytes, of which the engine reads no more than are asked for.

create table day_logs (
    site uinteger not null,
    "at" timestamp not null,
    part uinteger not null,
    log blob not null
);

create table day_event_kinds (
    site uinteger not null,
    "at" timestamp not null,
    kind uinteger not null,
    name varchar not null,
    trust utinyint not null,
    host varchar,
    page varchar,
    page_title varchar,
    search_term varchar,
    checkout_step varchar
);

create table day_action_kinds (
    site uinteger not null,
    "at" timestamp not null,
    kind uinteger not null,
    action varchar not null,
    event_name varchar not null,
    sku varchar not null,
    product varchar,
    brand varchar,
    variant varchar,
    category varchar,
    category_2 varchar,
    category_3 varchar,
    category_4 varchar,
    category_5 varchar,
    item_list varchar,
    promotion varchar
);

-- More measures are summed; the sums are made anew.
drop table day_sums;
delete from summed_days;

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
    s4 bigint not null,
    s5 bigint not null,
    s6 bigint not null
);
