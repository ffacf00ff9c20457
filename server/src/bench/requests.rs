//! The bench's requests: ecommerce events of about 350 bytes, each with an id of its own, twenty to a visitor.
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
    let places: Vec<(usize, usize)> = template
        .windows(ID.len())
        .enumerate()
        .filter(|(_, w)| *w == ID.as_bytes())
        .map(|(at, _)| at)
        .zip(template.windows(VISITOR.len()).enumerate().filter(|(_, w)| *w == VISITOR.as_bytes()).map(|(at, _)| at))
        .collect();
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

const ID: &str = "eeeeeeeeeeeeeeeeeeeeeeee";
const VISITOR: &str = "vvvvvvvvvvvvvvvvvvvvvvvv";

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
fn put(place: &mut [u8], run: u64, number: u64) {
    let mut left = number;
    for digit in place[8..].iter_mut().rev() {
        *digit = b'0' + (left % 10) as u8;
        left /= 10;
    }
    let mut left = run;
    for digit in place[..8].iter_mut().rev() {
        *digit = b'0' + (left % 10) as u8;
        left /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_an_id_of_its_own() {
        let make = collect(3, 7);
        let (mut request, mut seen) = (Vec::new(), std::collections::HashSet::new());
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
}
