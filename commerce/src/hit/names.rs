//! Names of native events. Any other name is a custom event.

/// A page was seen.
pub const PAGE_VIEW: &str = "page_view";
/// The page is still open. Opens no visit and extends none.
pub const PING: &str = "ping";
/// A client began a visit of its own. Opens visits and brings a source and landing page, but nobody did anything.
pub const VISIT_START: &str = "visit_start";
/// A page was scrolled.
pub const SCROLL: &str = "scroll";
/// A list of products was seen.
pub const VIEW_ITEM_LIST: &str = "view_item_list";
/// A product was chosen from a list.
pub const SELECT_ITEM: &str = "select_item";
/// A product was seen.
pub const VIEW_ITEM: &str = "view_item";
/// Products went into the cart.
pub const ADD_TO_CART: &str = "add_to_cart";
/// Products left the cart.
pub const REMOVE_FROM_CART: &str = "remove_from_cart";
/// The cart was looked at.
pub const VIEW_CART: &str = "view_cart";
/// The whole cart as it now is.
pub const CART_UPDATE: &str = "cart_update";
/// Checkout began.
pub const BEGIN_CHECKOUT: &str = "begin_checkout";
/// Shipping was chosen.
pub const ADD_SHIPPING_INFO: &str = "add_shipping_info";
/// Payment was chosen.
pub const ADD_PAYMENT_INFO: &str = "add_payment_info";
/// An order was placed.
pub const PURCHASE: &str = "purchase";
/// An order was corrected.
pub const ORDER_UPDATE: &str = "order_update";
/// An order's status changed.
pub const ORDER_STATUS: &str = "order_status";
/// Money was given back.
pub const REFUND: &str = "refund";
/// A promotion was seen.
pub const VIEW_PROMOTION: &str = "view_promotion";
/// A promotion was chosen.
pub const SELECT_PROMOTION: &str = "select_promotion";
/// The site was searched.
pub const SEARCH: &str = "search";
/// A customer signed in.
pub const LOGIN: &str = "login";
/// A customer signed up.
pub const SIGN_UP: &str = "sign_up";
/// A visitor said who they are.
pub const IDENTIFY: &str = "identify";
/// A new anonymous visitor from here on.
pub const RESET: &str = "reset";
/// An element was clicked; with `properties.outbound` a link to another site.
pub const CLICK: &str = "click";
/// A file was downloaded.
pub const FILE_DOWNLOAD: &str = "file_download";
/// A form was begun.
pub const FORM_START: &str = "form_start";
/// A form field was filled.
pub const FORM_FIELD: &str = "form_field";
/// A form was sent.
pub const FORM_SUBMIT: &str = "form_submit";
/// A mail was opened. Opens no visit and extends none: nobody was at the shop.
pub const EMAIL_OPEN: &str = "email_open";
/// A goal was reached.
pub const GOAL: &str = "goal";

/// Every one of these names.
pub const ALL: [&str; 32] = [
    PAGE_VIEW,
    PING,
    VISIT_START,
    SCROLL,
    VIEW_ITEM_LIST,
    SELECT_ITEM,
    VIEW_ITEM,
    ADD_TO_CART,
    REMOVE_FROM_CART,
    VIEW_CART,
    CART_UPDATE,
    BEGIN_CHECKOUT,
    ADD_SHIPPING_INFO,
    ADD_PAYMENT_INFO,
    PURCHASE,
    ORDER_UPDATE,
    ORDER_STATUS,
    REFUND,
    VIEW_PROMOTION,
    SELECT_PROMOTION,
    SEARCH,
    LOGIN,
    SIGN_UP,
    IDENTIFY,
    RESET,
    CLICK,
    FILE_DOWNLOAD,
    FORM_START,
    FORM_FIELD,
    FORM_SUBMIT,
    EMAIL_OPEN,
    GOAL,
];
