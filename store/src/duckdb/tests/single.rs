//! Single things read in a snapshot each, for tests that need no more.

use crate::{
    CartDetail, CartPage, CartQuery, CustomerDetail, CustomerSort, CustomerSummary, Error, Mailing, OrderDetail,
    Patience, Store, VisitorDetail,
};
use commerce::hit::Origin;
use commerce::rows::{OrderRow, QuarantineRow};
use commerce::{Amount, CartKey, Currency, CustomerKey, OrderKey, SiteId, Timestamp, VisitorKey};
use std::collections::HashMap;

impl Store {
    pub(super) fn quarantine(&self, site: SiteId, limit: u32) -> Result<Vec<QuarantineRow>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.quarantine(site, limit))
    }

    pub(super) fn order(&self, site: SiteId, order: OrderKey) -> Result<Option<OrderDetail>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.order(site, order))
    }

    pub(super) fn orders_between(&self, site: SiteId, from: Timestamp, to: Timestamp) -> Result<Vec<OrderRow>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.orders_between(site, from, to))
    }

    pub(super) fn order_ids_of(&self, site: SiteId, orders: &[OrderKey]) -> Result<HashMap<OrderKey, OrderKey>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.order_ids_of(site, orders))
    }

    pub(super) fn origins_of(
        &self,
        site: SiteId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(OrderKey, Origin)>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.origins_of(site, from, to))
    }

    pub(super) fn unconverted(
        &self,
        site: SiteId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Currency, u64, Amount)>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.unconverted(site, from, to))
    }

    pub(super) fn mailings(&self, site: SiteId, campaigns: &[&str]) -> Result<HashMap<String, Mailing>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.mailings(site, campaigns))
    }

    pub(super) fn cart(&self, site: SiteId, cart: CartKey) -> Result<Option<CartDetail>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.cart(site, cart))
    }

    pub(super) fn carts(&self, site: SiteId, query: &CartQuery) -> Result<CartPage, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.carts(site, query))
    }

    pub(super) fn customer(&self, site: SiteId, customer: CustomerKey) -> Result<Option<CustomerDetail>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.customer(site, customer))
    }

    pub(super) fn customers(
        &self,
        site: SiteId,
        sort: CustomerSort,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<CustomerSummary>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.customers(site, sort, limit, offset))
    }

    pub(super) fn visitor(&self, site: SiteId, visitor: VisitorKey) -> Result<Option<VisitorDetail>, Error> {
        self.snapshot(&Patience::default(), |snapshot| snapshot.visitor(site, visitor))
    }
}
