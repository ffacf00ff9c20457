-- What advertising cost, by day and source; of several rows of one day, source, medium and campaign the last one holds.

create table ad_costs (
    site uinteger not null,
    position ubigint not null,
    starts_at timestamp not null,
    channel varchar not null,
    source varchar not null,
    medium varchar not null,
    campaign varchar,
    currency varchar not null,
    cost bigint not null,
    reporting_cost bigint,
    clicks ubigint,
    impressions ubigint
);

create view ad_costs_now as
select *
from ad_costs
qualify row_number() over (partition by site, starts_at, source, medium, campaign order by position desc, rowid desc) = 1;
