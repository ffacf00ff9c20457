//! The bench's requests: ecommerce events of about 350 bytes, each with an id of its own, twenty to a visitor; and
//! orders of ten lines as a shop's server tells them.
//!
//! The text is made once; only the digits of the ids change from request to request.

use super::load::Make;
use std::fmt::Write as _;

const EVENTS_PER_VISITOR: u64 = 20;

/// Returns requests to `/v1/collect` with `per_request` events each; `run` keeps one run's ids apart from another's.
pub(super) fn collect(per_request: u64, run: u64) -> Box<Make> {
    let head = "POST /v1/collect HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain\r\n\
        User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0\r\nAccept-Language: de-DE\r\n";
    let mut body = String::from(r#"{"site":1,"events":["#);
    for i in 0..per_request {
        body.push_str(if i == 0 { "" } else { "," });
        body.push_str(&event());
    }
    body.push_str("]}");
    let template = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    // Where the digits of each event's id and visitor stand.
    let places: Vec<(usize, usize)> = places_of(&template, ID).into_iter().zip(places_of(&template, VISITOR)).collect();
    Box::new(move |number, request| {
        if request.is_empty() {
            request.extend_from_slice(&template);
        }
        for (i, (id, visitor)) in places.iter().enumerate() {
            let event = number * per_request + i as u64;
            put(&mut request[*id..*id + ID.len()], run, event);
            // Neighbouring events of a batch belong to different visitors, as they do behind a busy shop.
            let crowd = event % 997 + 997 * (event / (997 * EVENTS_PER_VISITOR));
            put(&mut request[*visitor..*visitor + VISITOR.len()], run, crowd);
        }
    })
}

/// Lines of an order.
pub(super) const LINES: u64 = 10;
/// Products that the orders are made of.
const PRODUCTS: u64 = 20_000;
/// Customers who order, each as often as the others.
const CUSTOMERS: u64 = 300_000;

/// Returns requests to `/v1/events` with `per_request` orders each, sent with `token`. Number `n` holds the orders from
/// `n` x `per_request` on, each once in a run of the bench.
pub(super) fn orders(per_request: u64, token: &str) -> Box<Make> {
    let mut body = String::from(r#"{"events":["#);
    for i in 0..per_request {
        body.push_str(if i == 0 { "" } else { "," });
        body.push_str(&order());
    }
    body.push_str("]}");
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    );
    let template = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    let (ids, numbers) = (places_of(&template, ID), places_of(&template, ORDER));
    let (customers, skus) = (places_of(&template, CUSTOMER), places_of(&template, SKU));
    Box::new(move |number, request| {
        if request.is_empty() {
            request.extend_from_slice(&template);
        }
        for i in 0..per_request {
            let order = number * per_request + i;
            let at = |places: &[usize], i: u64| places[i as usize];
            put(&mut request[at(&ids, i)..][..ID.len()], 0, order);
            put_digits(&mut request[at(&numbers, i)..][..ORDER.len()], order);
            put_digits(&mut request[at(&customers, i)..][..CUSTOMER.len()], scattered(order, CUSTOMERS));
            for line in 0..LINES {
                let sku = scattered(order * LINES + line, PRODUCTS);
                put_digits(&mut request[at(&skus, i * LINES + line)..][..SKU.len()], sku);
            }
        }
    })
}

/// Returns a number below `below` that looks like any other.
fn scattered(n: u64, below: u64) -> u64 {
    (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % below
}

/// Returns where `text` stands in `template`.
pub(super) fn places_of(template: &[u8], text: &str) -> Vec<usize> {
    template.windows(text.len()).enumerate().filter(|(_, w)| *w == text.as_bytes()).map(|(at, _)| at).collect()
}

const ORDER: &str = "oooooooooo";
const CUSTOMER: &str = "cccccccccc";
const SKU: &str = "ssssssss";

/// An order of ten lines: some 1,100 bytes.
fn order() -> String {
    let line = format!(
        r#"{{"item_id":"{SKU}","item_name":"Fell Runner trail shoe","item_category":"Shoes","price":"109.24","quantity":1}}"#
    );
    let lines = vec![line; LINES as usize].join(",");
    format!(
        r#"{{"id":"{ID}","name":"purchase","user_id":"{CUSTOMER}","transaction_id":"{ORDER}","value":"1304.86","tax":"207.56","shipping":"4.90","currency":"EUR","payment_method":"card","items":[{lines}]}}"#
    )
}

/// Returns the bytes of a request without a body, for the bare server.
pub(super) fn bare() -> Box<Make> {
    let body = event();
    let request =
        format!("POST /bare HTTP/1.1\r\nHost: bench\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    Box::new(move |_, buffer| {
        if buffer.is_empty() {
            buffer.extend_from_slice(&request);
        }
    })
}

/// Where a request has the digits of its event.
pub(super) const ID: &str = "eeeeeeeeeeeeeeeeeeeeeeee";
/// Where a request has the digits of its visitor.
pub(super) const VISITOR: &str = "vvvvvvvvvvvvvvvvvvvvvvvv";

fn event() -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _infallible = write!(
        text,
        r#"{{"id":"{ID}","name":"view_item","visitor_id":"{VISITOR}","page":{{"url":"https://shop.example/p/fell-runner?utm_source=newsletter&utm_medium=email&utm_campaign=spring","title":"Fell Runner trail shoe | Shop"}},"items":[{{"item_id":"BT-101","item_name":"Fell Runner trail shoe","item_category":"Shoes","price":"109.24","quantity":1}}]}}"#
    );
    text
}

/// Writes `run` and `number` as 24 decimal digits.
pub(super) fn put(place: &mut [u8], run: u64, number: u64) {
    put_digits(&mut place[8..], number);
    put_digits(&mut place[..8], run);
}

/// Writes `number` as decimal digits that fill `place`.
fn put_digits(place: &mut [u8], number: u64) {
    let mut left = number;
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (left % 10) as u8;
        left /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_event_has_an_id_of_its_own() {
        let make = collect(3, 7);
        let (mut request, mut seen) = (Vec::new(), HashSet::new());
        for number in 0..100 {
            make(number, &mut request);
            let text = String::from_utf8(request.clone()).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("Content-Length: {}", body.len())));
            let json: serde_json::Value = serde_json::from_str(body).unwrap();
            for event in json["events"].as_array().unwrap() {
                assert!(seen.insert(event["id"].as_str().unwrap().to_owned()));
            }
        }
        assert_eq!(seen.len(), 300);
    }

    #[test]
    fn every_order_has_an_id_and_ten_lines_of_its_own() {
        let make = orders(7, "tly_x");
        let (mut request, mut ids, mut skus) = (Vec::new(), HashSet::new(), HashSet::new());
        for number in 0..50 {
            make(number, &mut request);
            let text = String::from_utf8(request.clone()).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("Content-Length: {}", body.len())));
            let json: serde_json::Value = serde_json::from_str(body).unwrap();
            for event in json["events"].as_array().unwrap() {
                assert!(ids.insert(event["transaction_id"].to_string()) && ids.insert(event["id"].to_string()));
                let items = event["items"].as_array().unwrap();
                assert_eq!(items.len() as u64, LINES);
                skus.extend(items.iter().map(|item| item["item_id"].to_string()));
            }
        }
        assert_eq!(ids.len(), 700);
        assert!(skus.len() > 2_000, "{}", skus.len());
    }
}
