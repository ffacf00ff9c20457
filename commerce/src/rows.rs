//! The rows that enrichment makes of records and the store keeps: one struct per table, one field per column.
//!
//! Rows are appended, never updated. An order, cart or visit that changes becomes a new version with the `position`
//! of the record that changed it; the highest position wins. `None` is SQL NULL and means "not known" throughout.

use crate::hit::{Dialect, OrderStatus, Origin, Trust};
use crate::ids::{CartKey, CustomerKey, EventKey, OrderKey, SiteId, VisitKey, VisitorKey};
use crate::money::{Amount, Currency, Quantity, UnitPrice};
use crate::time::Timestamp;

/// Everything one batch of records became, with the position it brings the store to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Journal position of the batch's last record.
    pub position: u64,
    /// The clock as of that record: the largest time any record has put on it.
    pub as_of: Option<Timestamp>,
    /// `events`
    pub events: Vec<EventRow>,
    /// `visits`
    pub visits: Vec<VisitRow>,
    /// `touches`
    pub touches: Vec<TouchRow>,
    /// `product_actions`
    pub product_actions: Vec<ProductActionRow>,
    /// `visit_moves`
    pub visit_moves: Vec<VisitMoveRow>,
    /// `goal_conversions`
    pub goal_conversions: Vec<GoalConversionRow>,
    /// `order_facts`
    pub order_facts: Vec<OrderFactRow>,
    /// `order_ids`
    pub order_ids: Vec<OrderIdRow>,
    /// `orders`
    pub orders: Vec<OrderRow>,
    /// `order_lines`
    pub order_lines: Vec<OrderLineRow>,
    /// `refunds`: all refunds of each order in `orders`.
    pub refunds: Vec<RefundRow>,
    /// `refund_lines`
    pub refund_lines: Vec<RefundLineRow>,
    /// Orders that are no more: they turned out to be another one, by an id that both carry.
    pub orders_gone: Vec<OrderKey>,
    /// `cart_facts`
    pub cart_facts: Vec<CartFactRow>,
    /// `carts`
    pub carts: Vec<CartRow>,
    /// `cart_lines`
    pub cart_lines: Vec<CartLineRow>,
    /// Carts that are no more: what was said of them belongs to others.
    pub carts_gone: Vec<CartKey>,
    /// `identities`
    pub identities: Vec<IdentityRow>,
    /// `people`
    pub people: Vec<PersonRow>,
    /// `product_costs`
    pub product_costs: Vec<ProductCostRow>,
    /// `ad_costs`
    pub ad_costs: Vec<AdCostRow>,
    /// `link_codes`
    pub link_codes: Vec<LinkCodeRow>,
    /// `visit_aliases`
    pub visit_aliases: Vec<VisitAliasRow>,
    /// `waiting_events`
    pub waiting_events: Vec<WaitingEventRow>,
    /// `quarantine`
    pub quarantine: Vec<QuarantineRow>,
    /// `intake`
    pub intake: Vec<IntakeRow>,
    /// `sites`
    pub sites: Vec<SiteRow>,
    /// `rates`
    pub rates: Vec<RateRow>,
}

/// An accepted event. Bots are kept with a label and left out of reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Site.
    pub site: SiteId,
    /// Journal position of its record, where its full id and payload are.
    pub position: u64,
    /// Key of its id.
    pub event: EventKey,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Native or custom event name.
    pub name: String,
    /// Who did it.
    pub visitor: Option<VisitorKey>,
    /// Cookieless id, for recognition without a visitor id.
    pub fingerprint: Option<u64>,
    /// The visit it belongs to when it was stored; `visit_moves` corrects it.
    pub visit: Option<VisitKey>,
    /// Protocol.
    pub dialect: Dialect,
    /// Kind of sender.
    pub origin: Origin,
    /// Whether the sender proved who it is.
    pub trust: Trust,
    /// Host of the page.
    pub host: Option<String>,
    /// Path of the page with the query that is left when campaign, click-id and visit-id parameters are gone.
    pub page: Option<String>,
    /// Page title.
    pub page_title: Option<String>,
    /// What was searched for.
    pub search_term: Option<String>,
    /// Number of results of a search.
    pub search_results: Option<u32>,
    /// Step reached in the checkout.
    pub checkout_step: Option<String>,
    /// Why the sender is taken for a bot.
    pub bot: Option<String>,
    /// Marks ([`crate::hit::flags`]).
    pub flags: u32,
    /// Other properties as one JSON object.
    pub properties: Option<String>,
}

/// Where traffic came from, with the channel that the rules make of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrafficSource {
    /// Channel; `Direct` where nothing is known.
    pub channel: String,
    /// Source: `utm_source`, search engine, network or referring host; `(direct)` for none.
    pub source: String,
    /// Medium: `utm_medium`, `organic`, `social`, `referral`, ...; `(none)` for direct.
    pub medium: String,
    /// Campaign.
    pub campaign: Option<String>,
    /// Keyword.
    pub term: Option<String>,
    /// Content.
    pub content: Option<String>,
    /// Full referrer URL.
    pub referrer: Option<String>,
    /// Its host.
    pub referrer_host: Option<String>,
}

impl TrafficSource {
    /// Returns the source of traffic that names none.
    pub fn direct() -> Self {
        Self {
            channel: "Direct".to_owned(),
            source: "(direct)".to_owned(),
            medium: "(none)".to_owned(),
            ..Self::default()
        }
    }

    /// Says whether nothing is known of where the traffic came from.
    pub fn is_direct(&self) -> bool {
        self.source == "(direct)"
    }
}

/// A version of a visit: traffic facts only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitRow {
    /// Site.
    pub site: SiteId,
    /// Position of the record that made this version.
    pub position: u64,
    /// Key.
    pub visit: VisitKey,
    /// Who.
    pub visitor: VisitorKey,
    /// Cookieless id of its latest hit.
    pub fingerprint: Option<u64>,
    /// The user id that its latest hit named, as a key.
    pub customer: Option<CustomerKey>,
    /// False if this version takes the visit back: a late hit merged it into another.
    pub live: bool,
    /// First event.
    pub started_at: Timestamp,
    /// Last event that extends a visit: sessionisation counts from here.
    pub last_at: Timestamp,
    /// Last event of any kind, pings included; duration is `seen_until - started_at`.
    pub seen_until: Timestamp,
    /// How many visits the visitor had, this one included; 1 is a new visitor.
    pub number: u32,
    /// When the visitor's first visit began.
    pub first_seen_at: Timestamp,
    /// Source.
    pub source: TrafficSource,
    /// Host of the first page.
    pub host: Option<String>,
    /// First page.
    pub landing_page: Option<String>,
    /// Last page.
    pub exit_page: Option<String>,
    /// Page views.
    pub page_views: u32,
    /// Events of every kind but pings and those that a server attached.
    pub events: u32,
    /// Events that make it no bounce: all but page views, pings and scrolls.
    pub interactions: u32,
    /// Searches.
    pub searches: u32,
    /// Device type: `desktop`, `mobile`, `tablet`, `tv`, `console`, `other`.
    pub device: Option<String>,
    /// Browser family.
    pub browser: Option<String>,
    /// Operating system family.
    pub os: Option<String>,
    /// Screen size.
    pub screen: Option<String>,
    /// Language tag, such as `de-DE`.
    pub language: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Goals converted that count once per visit, as sorted numbers.
    pub goals: Vec<u32>,
    /// Why the visitor is taken for a bot.
    pub bot: Option<String>,
}

/// A touch: an event that brought a campaign or an external referrer. The start of a visit is one, too, and is read from the
/// visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// The event that brought it.
    pub event: EventKey,
    /// When.
    pub occurred_at: Timestamp,
    /// Who.
    pub visitor: VisitorKey,
    /// In which visit.
    pub visit: VisitKey,
    /// From where.
    pub source: TrafficSource,
    /// Page it led to.
    pub landing_page: Option<String>,
    /// First click id as `name:value`.
    pub click_id: Option<String>,
}

/// What happened to a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProductAction {
    /// Seen in a list.
    ListView,
    /// Chosen from a list.
    ListClick,
    /// Seen.
    View,
    /// Put into the cart.
    Add,
    /// Taken out of the cart.
    Remove,
    /// Taken to the checkout.
    Checkout,
    /// Seen in a promotion.
    PromotionView,
    /// Chosen from a promotion.
    PromotionClick,
}

impl ProductAction {
    /// Returns the action's name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::ListView => "list_view",
            Self::ListClick => "list_click",
            Self::View => "view",
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Checkout => "checkout",
            Self::PromotionView => "promotion_view",
            Self::PromotionClick => "promotion_click",
        }
    }
}

/// What identifies a product in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductRef {
    /// SKU; empty for a view of a category alone.
    pub sku: String,
    /// Name.
    pub product: Option<String>,
    /// Brand.
    pub brand: Option<String>,
    /// Variant.
    pub variant: Option<String>,
    /// Up to five categories, broadest first.
    pub categories: Vec<String>,
}

/// A product touched by an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductActionRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// The event.
    pub event: EventKey,
    /// Its place among the event's products, from 0.
    pub line: u32,
    /// When.
    pub occurred_at: Timestamp,
    /// Who.
    pub visitor: Option<VisitorKey>,
    /// In which visit, when it was stored.
    pub visit: Option<VisitKey>,
    /// What happened.
    pub action: ProductAction,
    /// The event's name, where one action has several (a page view and an event that repeats the product).
    pub event_name: String,
    /// The product.
    pub product: ProductRef,
    /// Unit price in the event's currency.
    pub price: Option<UnitPrice>,
    /// Quantity.
    pub quantity: Quantity,
    /// List name, else its id.
    pub item_list: Option<String>,
    /// Position in the list.
    pub list_index: Option<i64>,
    /// Promotion name, else its id.
    pub promotion: Option<String>,
    /// Coupon.
    pub coupon: Option<String>,
    /// Other properties as one JSON object.
    pub properties: Option<String>,
    /// Why the sender is taken for a bot.
    pub bot: Option<String>,
}

/// Says that an event stored earlier belongs to another visit: a late hit changed the boundaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitMoveRow {
    /// Site.
    pub site: SiteId,
    /// Position of the late hit.
    pub position: u64,
    /// The event that moved.
    pub event: EventKey,
    /// Where it now belongs; `None` if to no visit.
    pub visit: Option<VisitKey>,
}

/// A goal reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalConversionRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// The event that reached it.
    pub event: EventKey,
    /// The goal.
    pub goal: u32,
    /// When.
    pub occurred_at: Timestamp,
    /// Who.
    pub visitor: Option<VisitorKey>,
    /// In which visit.
    pub visit: Option<VisitKey>,
    /// Worth in the site's currency.
    pub value: Amount,
    /// What it is credited to.
    pub source: TrafficSource,
}

/// One source's statement about an order: the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFactRow {
    /// Site.
    pub site: SiteId,
    /// Position of its record.
    pub position: u64,
    /// The order, by the id the statement gave.
    pub order: OrderKey,
    /// That id.
    pub order_id: String,
    /// The event that carried it.
    pub event: EventKey,
    /// Event name: `purchase`, `order_update`, `order_status` or `refund`.
    pub kind: String,
    /// When it was said.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// Protocol.
    pub dialect: Dialect,
    /// Kind of sender.
    pub origin: Origin,
    /// Whether the sender proved who it is.
    pub trust: Trust,
    /// The visitor whom it names.
    pub visitor: Option<VisitorKey>,
    /// In which visit its event was when it was stored; `None` where the sender is no browser or app.
    pub visit: Option<VisitKey>,
    /// The client's own visit id that it names, as a key ([`crate::ids::visit_alias`]).
    pub visit_alias: Option<u64>,
    /// The user whom it names.
    pub user: Option<CustomerKey>,
    /// The customer behind the e-mail address that it names.
    pub email: Option<CustomerKey>,
    /// The cart that it names.
    pub cart: Option<CartKey>,
    /// The source that it states itself, with its channel; `None` if it states none.
    pub source: Option<TrafficSource>,
    /// The landing page that it states itself.
    pub landing_page: Option<String>,
    /// The statement with its items and flags: CBOR of [`OrderFactPayload`].
    pub payload: Vec<u8>,
}

/// What an [`OrderFactRow`] keeps word for word.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct OrderFactPayload {
    /// The statement about the order.
    #[n(0)]
    pub order: Option<crate::hit::OrderStatement>,
    /// The statement about a refund.
    #[n(1)]
    pub refund: Option<crate::hit::RefundStatement>,
    /// The lines.
    #[n(2)]
    pub items: Option<Vec<crate::hit::Item>>,
    /// Marks.
    #[n(3)]
    pub flags: u32,
    /// What the shop stored about the order's source; `None` if the statement itself names none.
    #[n(4)]
    pub attribution: Option<crate::hit::Source>,
}

/// Says that two ids are of the same order: a statement carried both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderIdRow {
    /// Site.
    pub site: SiteId,
    /// Position of the statement.
    pub position: u64,
    /// Key of the other id ([`OrderKey::new`] of its text).
    pub alias: OrderKey,
    /// Key of the id by which the statement is stored.
    pub order: OrderKey,
    /// The other id.
    pub alias_id: String,
}

/// Amounts of an order, once in its own currency and once in the site's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderAmounts {
    /// What the customer was charged.
    pub order_total: Amount,
    /// Sum of price x quantity, tax taken out.
    pub gross_sales: Amount,
    /// Discounts.
    pub discounts: Amount,
    /// Tax.
    pub tax: Amount,
    /// Shipping.
    pub shipping: Amount,
    /// Fees.
    pub fees: Amount,
    /// Stated subtotal, nothing where none was stated: `net_sales` is what was worked out.
    pub subtotal: Amount,
}

/// A version of an order: the fold of its statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// Site.
    pub site: SiteId,
    /// Position of the record that made this version.
    pub position: u64,
    /// Key.
    pub order: OrderKey,
    /// The shop's id.
    pub order_id: String,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it was first confirmed, as far as its statements tell; `None` if it never was.
    pub paid_at: Option<Timestamp>,
    /// The time under which it is counted: `paid_at` where the site counts orders when they are paid (and it was), else
    /// `placed_at`.
    pub counted_at: Timestamp,
    /// Status.
    pub status: OrderStatus,
    /// Whether it counts: confirmed (or cancelled with a refund), no test, and trusted enough for the site.
    pub counts: bool,
    /// Whether it is a test order.
    pub test: bool,
    /// Its currency.
    pub currency: Currency,
    /// Amounts in its currency.
    pub amounts: OrderAmounts,
    /// Amounts in the site's currency; `None` where no rate is known.
    pub reporting: Option<OrderAmounts>,
    /// Sum of its refunds as booked, in its currency.
    pub refunded: Amount,
    /// Units sold, in 1/1000.
    pub units: i64,
    /// Number of lines.
    pub lines: u32,
    /// The user whom its best statement names.
    pub user: Option<CustomerKey>,
    /// The customer behind the e-mail address that its best statement names.
    pub email: Option<CustomerKey>,
    /// Whose it is: the user, else whoever owned the visitor when it was placed, else whose the e-mail address is, else
    /// that address. `None` for a guest who left none.
    pub customer: Option<CustomerKey>,
    /// Visitor who placed it: as stated, else by its cart, else the customer's own device.
    pub visitor: Option<VisitorKey>,
    /// The event by which the visit is found (through `visit_moves`).
    pub visit_event: Option<EventKey>,
    /// That event's visit.
    pub visit: Option<VisitKey>,
    /// The cart it ended.
    pub cart: Option<CartKey>,
    /// What it is credited to.
    pub source: TrafficSource,
    /// Landing page of its visit.
    pub landing_page: Option<String>,
    /// Coupons, separated by commas.
    pub coupon: Option<String>,
    /// Payment method.
    pub payment_method: Option<String>,
    /// Shipping method.
    pub shipping_method: Option<String>,
    /// Where it was sold when not on the site.
    pub sales_channel: Option<String>,
    /// Sender whose money was taken.
    pub origin: Origin,
    /// Whether that sender proved who it is.
    pub trust: Trust,
    /// Number of statements it was folded from.
    pub statements: u32,
    /// Marks ([`order_flags`]).
    pub flags: u32,
}

/// Marks on an order.
pub mod order_flags {
    /// Statements of equal standing disagree about the money.
    pub const MONEY_DIFFERS: u32 = 1;
    /// It has no lines; gross sales are worked out from the total.
    pub const NO_LINES: u32 = 1 << 1;
    /// No rate is known for its currency on its day.
    pub const UNCONVERTED: u32 = 1 << 2;
    /// Dated outside its sender's window.
    pub const BACKDATED: u32 = 1 << 3;
    /// A statement's numbers were rounded.
    pub const ROUNDED: u32 = 1 << 4;
    /// More was said to be given back than was paid; what is above it is not booked.
    pub const OVER_REFUNDED: u32 = 1 << 5;
    /// Sources disagree about its refunds; the best-ranked source's are booked.
    pub const REFUNDS_DIFFER: u32 = 1 << 6;
    /// Sources of different trust disagree about the money; the most trusted is taken.
    pub const SOURCES_DIFFER: u32 = 1 << 7;
    /// The visitor who placed it is used by several customers (a shared device).
    pub const SHARED_DEVICE: u32 = 1 << 8;
    /// Nobody proved to be its sender.
    pub const UNVERIFIED: u32 = 1 << 9;
}

/// A line of a version of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLineRow {
    /// Site.
    pub site: SiteId,
    /// Position: the order's version.
    pub position: u64,
    /// The order.
    pub order: OrderKey,
    /// Its place in the order, from 0.
    pub line: u32,
    /// The product.
    pub product: ProductRef,
    /// Unit price.
    pub price: UnitPrice,
    /// Quantity.
    pub quantity: Quantity,
    /// Price x quantity, tax taken out, in the order's currency.
    pub gross: Amount,
    /// Its share of all discounts.
    pub discount: Amount,
    /// Gross in the site's currency.
    pub reporting_gross: Option<Amount>,
    /// Discount in the site's currency.
    pub reporting_discount: Option<Amount>,
    /// Unit cost as stated, in the order's currency.
    pub unit_cost: Option<UnitPrice>,
    /// Stated unit cost x quantity in the site's currency; `None` where no cost was stated or no rate is known.
    pub reporting_cost: Option<Amount>,
    /// Coupon.
    pub coupon: Option<String>,
    /// List it was bought from.
    pub item_list: Option<String>,
    /// Other properties of the item as one JSON object.
    pub properties: Option<String>,
}

/// What a refund takes back. `goods + tax + shipping + fees` is the refund's amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefundAmounts {
    /// The whole amount given back, as booked.
    pub amount: Amount,
    /// The part for goods: `returns` in reports.
    pub goods: Amount,
    /// The part that was tax.
    pub tax: Amount,
    /// The part that was shipping.
    pub shipping: Amount,
    /// The part that was fees.
    pub fees: Amount,
}

/// A refund of a version of an order: money given back, with its own date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRow {
    /// Site.
    pub site: SiteId,
    /// Position: the order's version.
    pub position: u64,
    /// The order.
    pub order: OrderKey,
    /// Key of the refund within its order: of its own id, else of (order, amount, lines, day).
    pub refund: u64,
    /// Its own id; `None` if its source gave none.
    pub refund_id: Option<String>,
    /// When it was given back.
    pub at: Timestamp,
    /// Amounts in the order's currency.
    pub amounts: RefundAmounts,
    /// Amounts in the site's currency at the order's rate; `None` where the order is unconverted.
    pub reporting: Option<RefundAmounts>,
    /// Amount as stated or worked out, before it was cut to what was paid; equals `amounts.amount` unless over-refunded.
    pub stated: Amount,
    /// Units given back, in 1/1000; 0 where no lines were named and it is not the whole order.
    pub units: i64,
    /// Why, as stated.
    pub reason: Option<String>,
    /// Sender whose word was taken.
    pub origin: Origin,
    /// Whether that sender proved who it is.
    pub trust: Trust,
    /// Number of statements of the chosen source that tell of it.
    pub statements: u32,
}

/// A refund's share of a line of its order. Their goods sum to the refund's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundLineRow {
    /// Site.
    pub site: SiteId,
    /// Position: the order's version.
    pub position: u64,
    /// The order.
    pub order: OrderKey,
    /// The refund.
    pub refund: u64,
    /// Place among the refund's lines, from 0.
    pub line: u32,
    /// The order's line that it takes back; `None` if the order has no such line.
    pub order_line: Option<u32>,
    /// The product.
    pub product: ProductRef,
    /// Units given back, in 1/1000; 0 where only money was.
    pub quantity: Quantity,
    /// Goods given back, in the order's currency.
    pub goods: Amount,
    /// The same in the site's currency.
    pub reporting_goods: Option<Amount>,
    /// Stated unit cost x quantity given back, in the site's currency; `None` where none was stated.
    pub reporting_cost: Option<Amount>,
}

/// One statement about a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartFactRow {
    /// Site.
    pub site: SiteId,
    /// Position of its record.
    pub position: u64,
    /// The event that carried it.
    pub event: EventKey,
    /// Event name: `cart_update`, `add_to_cart`, `remove_from_cart` or a step of the checkout.
    pub kind: String,
    /// When it was said.
    pub occurred_at: Timestamp,
    /// Protocol.
    pub dialect: Dialect,
    /// Kind of sender.
    pub origin: Origin,
    /// The shop's cart id that it names, as a key.
    pub cart: Option<CartKey>,
    /// That id.
    pub cart_id: Option<String>,
    /// The visitor whom it names.
    pub visitor: Option<VisitorKey>,
    /// In which visit, when it was stored; corrected by `visit_moves` when loaded.
    pub visit: Option<VisitKey>,
    /// The user whom it names.
    pub user: Option<CustomerKey>,
    /// The customer behind the e-mail address that it names.
    pub email: Option<CustomerKey>,
    /// The statement with its items: CBOR of [`CartFactPayload`].
    pub payload: Vec<u8>,
}

/// What a [`CartFactRow`] keeps word for word.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct CartFactPayload {
    /// The statement about the cart.
    #[n(0)]
    pub cart: Option<crate::hit::CartStatement>,
    /// The lines; `None` where it names none, empty where it says that there are none.
    #[n(1)]
    pub items: Option<Vec<crate::hit::Item>>,
    /// Hashed e-mail (hex), where the site keeps contacts.
    #[n(2)]
    pub contact: Option<String>,
    /// Clear e-mail, where setting and consent allow.
    #[n(3)]
    pub email: Option<String>,
    /// Recovery URL.
    #[n(4)]
    pub recovery_url: Option<String>,
    /// What the shop stored about the cart's source; `None` if the statement itself names none.
    #[n(5)]
    pub attribution: Option<crate::hit::Source>,
    /// Marks.
    #[n(6)]
    pub flags: u32,
}

/// Where a cart stands, as far as its own events tell; abandoned is a matter of time and decided when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CartState {
    /// Has items and no order.
    Open,
    /// Has no items.
    Emptied,
    /// An order ended it.
    Ordered,
    /// Named by nobody and nothing: told by a server without cart id, visitor or customer. Outside abandonment.
    Unlinked,
}

impl CartState {
    /// Returns the state's name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Emptied => "emptied",
            Self::Ordered => "ordered",
            Self::Unlinked => "unlinked",
        }
    }
}

/// A version of a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartRow {
    /// Site.
    pub site: SiteId,
    /// Position of the record that made this version.
    pub position: u64,
    /// Key.
    pub cart: CartKey,
    /// The shop's cart id.
    pub cart_id: Option<String>,
    /// Who.
    pub visitor: Option<VisitorKey>,
    /// Customer.
    pub customer: Option<CustomerKey>,
    /// Visit of its last change.
    pub visit: Option<VisitKey>,
    /// First change.
    pub created_at: Timestamp,
    /// Last change; an order is none.
    pub changed_at: Timestamp,
    /// Latest event that told the whole cart: a later-arriving change dated before it is contained in it already.
    pub replaced_at: Option<Timestamp>,
    /// State.
    pub state: CartState,
    /// The order that ended it.
    pub order: Option<OrderKey>,
    /// When that order was placed.
    pub ordered_at: Option<Timestamp>,
    /// Currency.
    pub currency: Currency,
    /// Value as stated, else the sum of its lines.
    pub value: Amount,
    /// Value in the site's currency.
    pub reporting_value: Option<Amount>,
    /// Units, in 1/1000.
    pub units: i64,
    /// Step reached in the checkout.
    pub checkout_step: Option<String>,
    /// Coupon.
    pub coupon: Option<String>,
    /// What it is credited to.
    pub source: TrafficSource,
    /// Hashed e-mail (hex), where the site keeps contacts.
    pub contact: Option<String>,
    /// Clear e-mail, where setting and consent allow.
    pub email: Option<String>,
    /// Recovery URL.
    pub recovery_url: Option<String>,
}

/// A line of a version of a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartLineRow {
    /// Site.
    pub site: SiteId,
    /// Position: the cart's version.
    pub position: u64,
    /// The cart.
    pub cart: CartKey,
    /// Its place in the cart, from 0.
    pub line: u32,
    /// The product.
    pub product: ProductRef,
    /// Unit price.
    pub price: Option<UnitPrice>,
    /// Quantity.
    pub quantity: Quantity,
    /// Price x quantity in the cart's currency.
    pub gross: Amount,
    /// The same in the site's currency.
    pub reporting_gross: Option<Amount>,
}

/// Whom an identity is said of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A browser or device.
    Visitor(VisitorKey),
    /// An e-mail address, as the customer that stands for it.
    Email(CustomerKey),
}

/// An observation: at this time the subject was this customer. Who owns what follows from all of them together
/// (RULES.md, Identity); none is ever rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRow {
    /// Site.
    pub site: SiteId,
    /// Position of the record.
    pub position: u64,
    /// Whom it is said of.
    pub subject: Subject,
    /// The customer; `None` for a reset: from here on the visitor is somebody new.
    pub customer: Option<CustomerKey>,
    /// Whether the customer is one known by e-mail alone.
    pub by_email: bool,
    /// When.
    pub at: Timestamp,
}

/// A client's own visit id, seen on an event of one of our visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitAliasRow {
    /// Site.
    pub site: SiteId,
    /// Position of the record.
    pub position: u64,
    /// Key of the client's visit id.
    pub alias: u64,
    /// The event that carried it.
    pub event: EventKey,
    /// When; the earliest event of an alias speaks for it.
    pub at: Timestamp,
    /// Its visitor.
    pub visitor: VisitorKey,
    /// Its visit, when it was stored.
    pub visit: VisitKey,
}

/// A server's event that names a visitor who had no visit then: it waits for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEventRow {
    /// Site.
    pub site: SiteId,
    /// Position of the record.
    pub position: u64,
    /// The visitor.
    pub visitor: VisitorKey,
    /// The event.
    pub event: EventKey,
    /// When it happened.
    pub at: Timestamp,
    /// Whether it names the client's own visit, so that it belongs to the last one begun, however long ago.
    pub names_visit: bool,
    /// The visit that it belongs to: in the table as far as known when it came, else as of now, through `visit_moves`; `None`
    /// while it waits.
    pub visit: Option<VisitKey>,
}

/// What a customer is called. Person data: gone after an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// The customer.
    pub customer: CustomerKey,
    /// The shop's user id.
    pub user_id: Option<String>,
    /// Hashed e-mail (hex).
    pub email_hash: Option<String>,
    /// Clear e-mail, where setting and consent allow.
    pub email: Option<String>,
}

/// What a unit of a product costs the shop from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductCostRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// SKU.
    pub sku: String,
    /// From the start of this day on, in the site's zone; 0 for always.
    pub valid_from: Timestamp,
    /// Unit cost in the site's currency.
    pub unit_cost: UnitPrice,
}

/// What a code of a mailing stands for: it is looked up when somebody asks, so that it does not matter whether the code
/// or the click came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCodeRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// The code, as it stands in the campaign of a [`TrafficSource`].
    pub code: String,
    /// The campaign to show in its place.
    pub campaign: Option<String>,
    /// To whom the mailing went. No word on who clicked: mailings are passed on.
    pub customer: Option<CustomerKey>,
    /// That contact's user id, if it is known by one. Person data, as the next.
    pub user_id: Option<String>,
    /// The contact's hashed e-mail (hex), if it is known by that.
    pub email_hash: Option<String>,
}

/// What advertising cost on one day. A later row of the same day, source, medium and campaign replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdCostRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// The start of the day, in the site's zone.
    pub starts_at: Timestamp,
    /// Channel of the traffic that was paid for.
    pub channel: String,
    /// Its source.
    pub source: String,
    /// Its medium.
    pub medium: String,
    /// Its campaign.
    pub campaign: Option<String>,
    /// Currency of the cost.
    pub currency: Currency,
    /// The cost.
    pub cost: Amount,
    /// The cost in the site's currency; `None` if the day has no rate.
    pub reporting_cost: Option<Amount>,
    /// How often an advertisement was clicked.
    pub clicks: Option<u64>,
    /// How often one was shown.
    pub impressions: Option<u64>,
}

/// An item that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// When it reached us.
    pub received_at: Timestamp,
    /// Protocol.
    pub dialect: Dialect,
    /// Stable reason code.
    pub reason: String,
    /// What would make it acceptable.
    pub hint: String,
    /// The item as it came.
    pub payload: String,
}

/// What became of received records: the conservation law, per site and hour of receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntakeRow {
    /// Site.
    pub site: SiteId,
    /// Position of the batch.
    pub position: u64,
    /// Start of the UTC hour of receipt.
    pub hour: Timestamp,
    /// `stored`, `duplicate`, `quarantined` or `excluded`.
    pub outcome: &'static str,
    /// Reason code; empty for stored and duplicate.
    pub reason: String,
    /// Protocol; `None` for what was excluded without one.
    pub dialect: Option<Dialect>,
    /// How many.
    pub count: u64,
}

/// A site's settings and goals from a position on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// Every setting as text by name.
    pub settings: Vec<(String, String)>,
    /// Its goals: CBOR of `Vec<Goal>`.
    pub goals: Vec<u8>,
}

/// A currency's rate on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateRow {
    /// Site.
    pub site: SiteId,
    /// Position.
    pub position: u64,
    /// Day, `YYYY-MM-DD`.
    pub day: String,
    /// Foreign currency.
    pub currency: Currency,
    /// Units of it per unit of the site's currency, as [`crate::money::ExchangeRate`] writes it.
    pub per_unit: String,
}
