-- What readers read: the latest version of everything, with events in the visit they belong to now.
-- The tables hold the latest versions only, so most views are plain. A visit move names an event once; the outer joins
-- cost nothing while there are no moves, and compaction empties that table.

create view events_now as
select e.* replace (case when m.event is null then e.visit else m.visit end as visit)
from events e
left join visit_moves m on m.event = e.event;

create view product_actions_now as
select e.* replace (case when m.event is null then e.visit else m.visit end as visit)
from product_actions e
left join visit_moves m on m.event = e.event;

create view goal_conversions_now as
select e.* replace (case when m.event is null then e.visit else m.visit end as visit)
from goal_conversions e
left join visit_moves m on m.event = e.event;

create view touches_now as
select e.* replace (case when m.event is null or m.visit is null then e.visit else m.visit end as visit)
from touches e
left join visit_moves m on m.event = e.event;

create view order_facts_now as
select e.* replace (case when m.event is null then e.visit else m.visit end as visit)
from order_facts e
left join visit_moves m on m.event = e.event;

create view orders_now as
select o.* replace (case when m.event is null then o.visit else m.visit end as visit)
from orders o
left join visit_moves m on m.event = o.visit_event;

create view order_lines_now as
select *
from order_lines;

create view refunds_now as
select *
from refunds;

create view refund_lines_now as
select *
from refund_lines;

create view visits_now as
select *
from visits
where live;

create view visit_aliases_now as
select e.* replace (case when m.event is null or m.visit is null then e.visit else m.visit end as visit)
from visit_aliases e
left join visit_moves m on m.event = e.event;

create view cart_facts_now as
select e.* replace (case when m.event is null then e.visit else m.visit end as visit)
from cart_facts e
left join visit_moves m on m.event = e.event;

create view carts_now as
select *
from carts;

create view cart_lines_now as
select *
from cart_lines;

create view identities_now as
select *
from identities;

-- One row for each customer; of what was said several times the last holds, and what was left out later stays.
create view people_now as
select
    site,
    max(position) as position,
    customer,
    arg_max(user_id, position) filter (where user_id is not null) as user_id,
    arg_max(email_hash, position) filter (where email_hash is not null) as email_hash,
    arg_max(email, position) filter (where email is not null) as email
from people
group by site, customer;

-- Of several costs of a product from the same day on the one that came last holds.
create view product_costs_now as
select *
from product_costs
qualify row_number() over (partition by site, sku, valid_from order by position desc, rowid desc) = 1;

-- What each code of a mailing stands for, as it was said last.
create view link_codes_now as
select *
from link_codes
qualify row_number() over (partition by site, code order by position desc, rowid desc) = 1;
