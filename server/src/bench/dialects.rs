//! Foreign clients' requests beside our own: a product view each, one a request, durable before the answer.

use super::load::{self, Make};
use super::requests::{self, ID, VISITOR, places_of, put};
use super::{CATCH_UP_MAX, UnderTest, child};
use anyhow::Context;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: usize = 64;
/// Every dialect's key is this; the site takes all of them.
const SETTING: &str = "dialects=ahoy,heap:K,emarsys:K,segment:K,ga4:G-K,snowplow:K,mixpanel:K,countly:K";
const BROWSER: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0\r\nOrigin: https://shop.example\r\n";
const PAGE: &str = "https%3A%2F%2Fshop.example%2Fp%2Ffell-runner%3Futm_source%3Dnewsletter%26utm_medium%3Demail";
const URL: &str = "https://shop.example/p/fell-runner?utm_source=newsletter&utm_medium=email";

/// Prints the table.
pub(super) async fn table(dir: &Path, time: Duration) -> anyhow::Result<()> {
    println!("\n## a product view in every dialect, one a request, {CONNECTIONS} connections");
    println!("{:>12} {:>12} {:>10} {:>12} {:>9}", "dialect", "requests/s", "p50 us", "of native", "refused");
    let native: Arc<Make> = requests::collect(1, 0).into();
    let mut own = 0;
    let foreign = requests_of().into_iter().map(|(name, text)| (name, template(text)));
    for (name, make) in std::iter::once(("native", native)).chain(foreign) {
        let test = UnderTest::start(dir, &format!("dialect-{name}"))?;
        let place = test.dir.to_str().context("the directory's name is no UTF-8")?;
        child::command(&["site", "set", "--data-dir", place, "--site", "1", SETTING])?;
        let got = load::run(test.server.address, CONNECTIONS, time, make).await;
        own = if own == 0 { got.per_second().max(1) } else { own };
        println!(
            "{name:>12} {:>12} {:>10} {:>10} % {:>9}",
            got.per_second(),
            got.latency.at(500),
            got.per_second() * 100 / own,
            got.refused
        );
        test.asked().settled(CATCH_UP_MAX).await?;
    }
    Ok(())
}

/// Returns requests of which only the digits of ids and visitors change.
fn template(text: String) -> Arc<Make> {
    let bytes = text.into_bytes();
    let (ids, visitors) = (places_of(&bytes, ID), places_of(&bytes, VISITOR));
    Arc::new(move |number, request: &mut Vec<u8>| {
        if request.is_empty() {
            request.extend_from_slice(&bytes);
        }
        for at in &ids {
            put(&mut request[*at..*at + ID.len()], 1, number);
        }
        for at in &visitors {
            put(&mut request[*at..*at + VISITOR.len()], 1, number % 997 + 997 * (number / (997 * 20)));
        }
    })
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: bench\r\n{BROWSER}\r\n")
}

fn post(target: &str, kind: &str, body: &str) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nHost: bench\r\n{BROWSER}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn requests_of() -> Vec<(&'static str, String)> {
    let json = |target: &str, body: String| post(target, "application/json", &body);
    let item = r#""item_id":"BT-101","item_name":"Fell Runner trail shoe","price":"109.24","quantity":1"#;
    let product = r#""product_id":"BT-101","name":"Fell Runner trail shoe","price":109.24,"quantity":1"#;
    let countly = percent(&format!(r#"[{{"key":"view_item","count":1,"segmentation":{{{item}}}}}]"#));
    let mixpanel = percent(&format!(
        r#"{{"event":"Product Viewed","properties":{{"token":"K","distinct_id":"{VISITOR}","$insert_id":"{ID}",{product}}}}}"#
    ));
    let snowplow = format!(
        r#"{{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{{"e":"pv","aid":"K","eid":"{ID}","duid":"{VISITOR}","url":"{URL}","page":"Fell Runner"}}]}}"#
    );
    vec![
        (
            "matomo",
            get(&format!(
                "/matomo.php?idsite=1&rec=1&rand={ID}&uid={VISITOR}&url={PAGE}&action_name=Fell+Runner&_pks=BT-101&_pkn=Fell+Runner&_pkp=109.24"
            )),
        ),
        (
            "ahoy",
            json(
                "/ahoy/events",
                format!(
                    r#"{{"events":[{{"id":"{ID}","name":"view_item","properties":{{"items":[{{{item}}}]}},"js":true}}],"visit_token":"{VISITOR}","visitor_token":"{VISITOR}"}}"#
                ),
            ),
        ),
        (
            "heap",
            json(
                "/api/track",
                format!(
                    r#"{{"app_id":"K","identity":"{VISITOR}","event":"view_item","idempotency_key":"{ID}","properties":{{{product}}}}}"#
                ),
            ),
        ),
        ("emarsys", get(&format!("/merchants/K/?cp=1&xp=1&pv={ID}&vi={VISITOR}&s={VISITOR}&v=i%3ABT-101&prev_url="))),
        (
            "segment",
            post(
                "/v1/t",
                "text/plain",
                &format!(
                    r#"{{"type":"track","writeKey":"K","anonymousId":"{VISITOR}","messageId":"{ID}","event":"Product Viewed","properties":{{{product}}},"context":{{"page":{{"url":"{URL}"}}}}}}"#
                ),
            ),
        ),
        (
            "ga4",
            post(
                &format!(
                    "/g/collect?v=2&tid=G-K&cid={VISITOR}&_p={ID}&_s=1&dl={PAGE}&en=view_item&pr1=idBT-101~nmFell%20Runner~pr109.24~qt1"
                ),
                "text/plain",
                "",
            ),
        ),
        ("snowplow", json("/com.snowplowanalytics.snowplow/tp2", snowplow)),
        ("mixpanel", post("/track", "application/x-www-form-urlencoded", &format!("data={mixpanel}"))),
        ("countly", get(&format!("/i?app_key=K&device_id={VISITOR}&timestamp={ID}&events={countly}"))),
    ]
}

/// Returns `text` as it stands in a query; the placeholders, of letters only, stay as they are.
fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
