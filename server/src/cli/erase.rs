//! `tallyho erase`: erases a person from everything that a site has kept, and waits until it is done.

use super::{Connection, Needs, Place, print};
use crate::erasure;
use anyhow::{Context, bail};
use clap::Args;
use http::Method;
use serde_json::json;
use std::time::Duration;

#[derive(Args)]
#[group(id = "who", required = true, multiple = true)]
pub(super) struct Who {
    /// The shop's user id.
    #[arg(long, group = "who")]
    user_id: Option<String>,
    /// E-mail address.
    #[arg(long, group = "who")]
    email: Option<String>,
    /// Hashed e-mail address, as customers are listed by.
    #[arg(long, group = "who")]
    email_hash: Option<String>,
    /// Id of a browser, as its cookie holds it.
    #[arg(long, group = "who")]
    visitor_id: Option<String>,
}

#[derive(Args)]
pub(super) struct EraseArgs {
    #[command(flatten)]
    place: Place,
    /// Number of the site.
    #[arg(long, value_name = "N")]
    site: u32,
    #[command(flatten)]
    who: Who,
}

/// How long to wait between two looks.
const LOOK: Duration = Duration::from_millis(200);

pub(super) fn run(args: &EraseArgs) -> anyhow::Result<()> {
    let target = format!("/api/v1/sites/{}/erasures", args.site);
    let connection = Connection::open(&args.place, Needs::Reports)?;
    let Who { user_id, email, email_hash, visitor_id } = &args.who;
    let mut body = json!({ "user_id": user_id, "email": email, "email_hash": email_hash, "visitor_id": visitor_id });
    body.as_object_mut().context("an object")?.retain(|_, value| !value.is_null());
    let decided = connection.ask(Method::POST, &target, Some(&body))?;
    if let Some(app) = connection.here() {
        app.store.replace(|_| None);
        erasure::carry_out_offline(app)?;
    } else {
        while connection.ask(Method::GET, &target, None)?["pending"] != 0 {
            let status = connection.ask(Method::GET, "/api/v1/status", None)?;
            if let Some(why) = status["alarms"]["erasure"].as_str() {
                bail!("{why}; the server tries again");
            }
            std::thread::sleep(LOOK);
        }
    }
    print(&format!("{decided}\n"));
    Ok(())
}
