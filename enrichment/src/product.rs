//! Products touched by events: list views, clicks, views, adds, removes, checkouts.
//!
//! Orders and carts have lines of their own; this is what leads there. A product seen by a page view (Matomo's product
//! views) is a view like that of `view_item`; a category seen without a product is the view of a list. The module knows nothing of state.

use crate::context::HitContext;
use commerce::hit::{Item, names};
use commerce::rows::{ProductAction, ProductActionRow, ProductRef};

/// Most categories that a product keeps.
const CATEGORIES_MAX: usize = 5;

/// Returns a row for each product that the hit touches.
pub(crate) fn actions(ctx: &HitContext) -> Vec<ProductActionRow> {
    let facts = ctx.facts();
    let Some(items) = &facts.items else { return Vec::new() };
    let Some(action) = action_of(&facts.name) else { return Vec::new() };
    // A category page shows a list of products and none of them.
    let of_item = |item: &Item| {
        if item.sku.is_empty() && action == ProductAction::View { ProductAction::ListView } else { action }
    };
    let row = |(line, item): (usize, &Item)| ProductActionRow {
        site: facts.site,
        position: ctx.position,
        event: ctx.event,
        line: line as u32,
        occurred_at: facts.occurred_at,
        visitor: ctx.visitor,
        visit: ctx.visit,
        action: of_item(item),
        event_name: facts.name.clone(),
        product: reference(item),
        price: item.price,
        quantity: item.quantity(),
        item_list: list_of(item),
        list_index: item.index,
        promotion: item.promotion_name.clone().or_else(|| item.promotion_id.clone()),
        coupon: item.coupon.clone(),
        properties: item.properties.clone(),
        bot: ctx.bot.map(str::to_owned),
    };
    items.iter().enumerate().map(row).collect()
}

fn action_of(event_name: &str) -> Option<ProductAction> {
    match event_name {
        names::VIEW_ITEM_LIST => Some(ProductAction::ListView),
        names::SELECT_ITEM => Some(ProductAction::ListClick),
        names::VIEW_ITEM | names::PAGE_VIEW => Some(ProductAction::View),
        names::ADD_TO_CART => Some(ProductAction::Add),
        names::REMOVE_FROM_CART => Some(ProductAction::Remove),
        names::VIEW_PROMOTION => Some(ProductAction::PromotionView),
        names::SELECT_PROMOTION => Some(ProductAction::PromotionClick),
        names::BEGIN_CHECKOUT => Some(ProductAction::Checkout),
        _ => None,
    }
}

/// Returns what identifies the product of `item`.
pub(crate) fn reference(item: &Item) -> ProductRef {
    let categories = item.categories.as_deref().unwrap_or_default();
    ProductRef {
        sku: item.sku.clone(),
        product: item.name.clone(),
        brand: item.brand.clone(),
        variant: item.variant.clone(),
        categories: categories.iter().take(CATEGORIES_MAX).cloned().collect(),
    }
}

/// Returns the list that `item` stands in: its name, else its id; `None` for none.
pub(crate) fn list_of(item: &Item) -> Option<String> {
    item.list_name.clone().or_else(|| item.list_id.clone())
}

#[cfg(test)]
mod tests;
