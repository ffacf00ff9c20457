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

create view visits_now as
select *
from visits
where live;

create view carts_now as
select *
from carts;

create view cart_lines_now as
select *
from cart_lines;
