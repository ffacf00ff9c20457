-- The tables: one per row struct of the room `commerce`, columns in the order of its fields.
-- Keys are 64-bit hashes, money is 1/10 000 of a unit, unit prices 1/1 000 000, quantities 1/1 000, times UTC.
-- There are no primary keys: batches are appended in the order of time, and zone maps do the rest. Only facts that are
-- read again one by one, long after they came, have an index; such tables are never deleted from.

create table applied (
    position ubigint not null,
    as_of timestamp
);

create table events (
    site uinteger not null,
    position ubigint not null,
    event ubigint not null,
    occurred_at timestamp not null,
    name varchar not null,
    visitor ubigint,
    fingerprint ubigint,
    visit ubigint,
    dialect utinyint not null,
    origin utinyint not null,
    trust utinyint not null,
    host varchar,
    page varchar,
    page_title varchar,
    search_term varchar,
    search_results uinteger,
    checkout_step varchar,
    bot varchar,
    flags uinteger not null,
    properties varchar
);

create table visits (
    site uinteger not null,
    position ubigint not null,
    visit ubigint not null,
    visitor ubigint not null,
    fingerprint ubigint,
    customer ubigint,
    live boolean not null,
    started_at timestamp not null,
    last_at timestamp not null,
    seen_until timestamp not null,
    number uinteger not null,
    first_seen_at timestamp not null,
    channel varchar not null,
    source varchar not null,
    medium varchar not null,
    campaign varchar,
    term varchar,
    content varchar,
    referrer varchar,
    referrer_host varchar,
    host varchar,
    landing_page varchar,
    exit_page varchar,
    page_views uinteger not null,
    events uinteger not null,
    interactions uinteger not null,
    searches uinteger not null,
    device varchar,
    browser varchar,
    os varchar,
    screen varchar,
    language varchar,
    country varchar,
    region varchar,
    city varchar,
    goals varchar not null,
    bot varchar
);

create table touches (
    site uinteger not null,
    position ubigint not null,
    event ubigint not null,
    occurred_at timestamp not null,
    visitor ubigint not null,
    visit ubigint not null,
    channel varchar not null,
    source varchar not null,
    medium varchar not null,
    campaign varchar,
    term varchar,
    content varchar,
    referrer varchar,
    referrer_host varchar,
    landing_page varchar,
    click_id varchar
);

create table product_actions (
    site uinteger not null,
    position ubigint not null,
    event ubigint not null,
    line uinteger not null,
    occurred_at timestamp not null,
    visitor ubigint,
    visit ubigint,
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
    price bigint,
    quantity bigint not null,
    item_list varchar,
    list_index bigint,
    promotion varchar,
    coupon varchar,
    properties varchar,
    bot varchar
);

create table visit_moves (
    site uinteger not null,
    position ubigint not null,
    event ubigint not null,
    visit ubigint
);

create table goal_conversions (
    site uinteger not null,
    position ubigint not null,
    event ubigint not null,
    goal uinteger not null,
    occurred_at timestamp not null,
    visitor ubigint,
    visit ubigint,
    value bigint not null,
    channel varchar not null,
    source varchar not null,
    medium varchar not null,
    campaign varchar,
    term varchar,
    content varchar,
    referrer varchar,
    referrer_host varchar
);

create table order_facts (
    site uinteger not null,
    position ubigint not null,
    "order" ubigint not null,
    order_id varchar not null,
    event ubigint not null,
    kind varchar not null,
    occurred_at timestamp not null,
    received_at timestamp not null,
    dialect utinyint not null,
    origin utinyint not null,
    trust utinyint not null,
    visitor ubigint,
    visit ubigint,
    visit_alias ubigint,
    "user" ubigint,
    email ubigint,
    cart ubigint,
    channel varchar,
    source varchar,
    medium varchar,
    campaign varchar,
    term varchar,
    content varchar,
    referrer varchar,
    referrer_host varchar,
    landing_page varchar,
    payload blob not null
);

create index order_facts_by_position on order_facts (position);

create table order_ids (
    site uinteger not null,
    position ubigint not null,
    alias ubigint not null,
    "order" ubigint not null,
    alias_id varchar not null
);

create table orders (
    site uinteger not null,
    position ubigint not null,
    "order" ubigint not null,
    order_id varchar not null,
    placed_at timestamp not null,
    paid_at timestamp,
    counted_at timestamp not null,
    status utinyint not null,
    counts boolean not null,
    test boolean not null,
    currency varchar not null,
    order_total bigint not null,
    gross_sales bigint not null,
    discounts bigint not null,
    tax bigint not null,
    shipping bigint not null,
    fees bigint not null,
    subtotal bigint not null,
    r_order_total bigint,
    r_gross_sales bigint,
    r_discounts bigint,
    r_tax bigint,
    r_shipping bigint,
    r_fees bigint,
    r_subtotal bigint,
    refunded bigint not null,
    units bigint not null,
    lines uinteger not null,
    "user" ubigint,
    email ubigint,
    customer ubigint,
    visitor ubigint,
    visit_event ubigint,
    visit ubigint,
    cart ubigint,
    channel varchar not null,
    source varchar not null,
    medium varchar not null,
    campaign varchar,
    term varchar,
    content varchar,
    referrer varchar,
    referrer_host varchar,
    landing_page varchar,
    coupon varchar,
    payment_method varchar,
    shipping_method varchar,
    sales_channel varchar,
    origin utinyint not null,
    trust utinyint not null,
    statements uinteger not null,
    flags uinteger not null
);

create table order_lines (
    site uinteger not null,
    position ubigint not null,
    "order" ubigint not null,
    line uinteger not null,
    sku varchar not null,
    product varchar,
    brand varchar,
    variant varchar,
    category varchar,
    category_2 varchar,
    category_3 varchar,
    category_4 varchar,
    category_5 varchar,
    price bigint not null,
    quantity bigint not null,
    gross bigint not null,
    discount bigint not null,
    reporting_gross bigint,
    reporting_discount bigint,
    unit_cost bigint,
    reporting_cost bigint,
    coupon varchar,
    item_list varchar,
    properties varchar
);

create table refunds (
    site uinteger not null,
    position ubigint not null,
    "order" ubigint not null,
    refund ubigint not null,
    refund_id varchar,
    "at" timestamp not null,
    amount bigint not null,
    goods bigint not null,
    tax bigint not null,
    shipping bigint not null,
    fees bigint not null,
    r_amount bigint,
    r_goods bigint,
    r_tax bigint,
    r_shipping bigint,
    r_fees bigint,
    stated bigint not null,
    units bigint not null,
    reason varchar,
    origin utinyint not null,
    trust utinyint not null,
    statements uinteger not null
);

create table refund_lines (
    site uinteger not null,
    position ubigint not null,
    "order" ubigint not null,
    refund ubigint not null,
    line uinteger not null,
    order_line uinteger,
    sku varchar not null,
    product varchar,
    brand varchar,
    variant varchar,
    category varchar,
    category_2 varchar,
    category_3 varchar,
    category_4 varchar,
    category_5 varchar,
    quantity bigint not null,
    goods bigint not null,
    reporting_goods bigint,
    reporting_cost bigint
);

create table cart_facts (
    site uinteger not null,
    position ubigint not null,
    event ubigint not null,
    kind varchar not null,
    occurred_at timestamp not null,
    dialect utinyint not null,
    origin utinyint not null,
    cart ubigint,
    cart_id varchar,
    visitor ubigint,
    visit ubigint,
    "user" ubigint,
    email ubigint,
    payload blob not null
);

create index cart_facts_by_position on cart_facts (position);

create table carts (
    site uinteger not null,
    position ubigint not null,
    cart ubigint not null,
    cart_id varchar,
    visitor ubigint,
    customer ubigint,
    visit ubigint,
    created_at timestamp not null,
    changed_at timestamp not null,
    replaced_at timestamp,
    state varchar not null,
    "order" ubigint,
    ordered_at timestamp,
    currency varchar not null,
    value bigint not null,
    reporting_value bigint,
    units bigint not null,
    checkout_step varchar,
    coupon varchar,
    channel varchar not null,
    source varchar not null,
    medium varchar not null,
    campaign varchar,
    term varchar,
    content varchar,
    referrer varchar,
    referrer_host varchar,
    contact varchar,
    email varchar,
    recovery_url varchar
);

create table cart_lines (
    site uinteger not null,
    position ubigint not null,
    cart ubigint not null,
    line uinteger not null,
    sku varchar not null,
    product varchar,
    brand varchar,
    variant varchar,
    category varchar,
    category_2 varchar,
    category_3 varchar,
    category_4 varchar,
    category_5 varchar,
    price bigint,
    quantity bigint not null,
    gross bigint not null,
    reporting_gross bigint
);

create table identities (
    site uinteger not null,
    position ubigint not null,
    subject_kind utinyint not null,
    subject ubigint not null,
    customer ubigint,
    by_email boolean not null,
    "at" timestamp not null
);

create table people (
    site uinteger not null,
    position ubigint not null,
    customer ubigint not null,
    user_id varchar,
    email_hash varchar,
    email varchar
);

create table product_costs (
    site uinteger not null,
    position ubigint not null,
    sku varchar not null,
    valid_from timestamp not null,
    unit_cost bigint not null
);

create table link_codes (
    site uinteger not null,
    position ubigint not null,
    code varchar not null,
    campaign varchar,
    customer ubigint,
    user_id varchar,
    email_hash varchar
);

create table visit_aliases (
    site uinteger not null,
    position ubigint not null,
    alias ubigint not null,
    event ubigint not null,
    "at" timestamp not null,
    visitor ubigint not null,
    visit ubigint not null
);

create table waiting_events (
    site uinteger not null,
    position ubigint not null,
    visitor ubigint not null,
    event ubigint not null,
    "at" timestamp not null,
    names_visit boolean not null,
    visit ubigint
);

create table quarantine (
    site uinteger not null,
    position ubigint not null,
    received_at timestamp not null,
    dialect utinyint not null,
    reason varchar not null,
    hint varchar not null,
    payload varchar not null
);

create table intake (
    site uinteger not null,
    position ubigint not null,
    "hour" timestamp not null,
    outcome varchar not null,
    reason varchar not null,
    dialect utinyint,
    count ubigint not null
);

create table sites (
    site uinteger not null,
    position ubigint not null,
    settings varchar not null,
    goals blob not null
);

create table rates (
    site uinteger not null,
    position ubigint not null,
    "day" varchar not null,
    currency varchar not null,
    per_unit varchar not null
);
