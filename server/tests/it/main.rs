//! End to end: the real binary, over HTTP and the command line.

mod accounts;
mod analyses;
mod api;
mod browser;
mod captures;
mod cli;
mod client;
mod crash;
mod dialects;
mod exports;
mod harness;
mod health;
mod hybrid;
mod link_codes;
mod links;
mod matomo_acceptance;
mod money;
mod orders;
mod people;
mod permute;
mod reconcile;
mod script;
mod segments;
mod trust;
mod webhooks;
mod worked;
