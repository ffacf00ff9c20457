//! The trip as a shop with Emarsys tells it: pages by `ScarabQueue`, checkout and order by the classic image.

use super::{PRODUCTS, Told, Trip};
use std::fmt::Write;

pub(super) const TRIP: Trip = Trip {
    dialect: "emarsys",
    setting: "emarsys:112734771,emarsys:1428C8EE286EC34B",
    requests,
    // There is no discount, no refund (which takes its tax back, too), and of a cart only what is in it now.
    lacks: &["discounts", "net_sales", "tax", "returns", "units_returned", "adds_to_cart"],
};

fn get(target: String) -> Told {
    Told { method: "GET", target, headers: vec![("Referer", "https://shop.example/".to_owned())], body: String::new() }
}

fn scarab(page: u32, said: &str) -> Told {
    let who = "vi=6F58C70693163312&s=28ACE5FD314FCC1A&ci=cust-42";
    get(format!("/merchants/1428C8EE286EC34B/?cp=1&pv={page}&xp=1&{who}&{said}"))
}

/// The image, unencoded as its script writes it; `order` is empty on the page before buying.
fn image(order: &str) -> Told {
    let mut query = format!(
        "ems_customer=112734771&ems_visitor=575521482&ems_session=575521482&ems_campaign=Qw3rTy&ems_action=purchase\
        &order={order}&total=194.00&tax=31.50&shipping=5.00&city=Wien&country=AT"
    );
    for (sku, name, price, quantity) in PRODUCTS {
        write!(
            query,
            "&code[]={sku}&category[]=Home%20&%20Living&productname[]={name}&price[]={price}&quantity[]={quantity}"
        )
        .expect("text can be written to");
    }
    get(format!("/upages/ti.php?{query}"))
}

fn requests(_token: &str, _key: &str) -> Vec<Told> {
    let line = |n: usize, total: &str, quantity: u32| format!("i%3A{}%2Cp%3A{total}%2Cq%3A{quantity}", PRODUCTS[n].0);
    let cart = [line(0, "40.00", 2), line(1, "120.00", 1), line(2, "15.00", 3)].join("%7C");
    vec![
        scarab(1, "v=i%3AS1&cv=1&ca="),
        scarab(2, "v=i%3AS2&cv=1&ca="),
        scarab(3, &format!("cv=1&ca={}", line(0, "60.00", 3))),
        scarab(4, &format!("cv=1&ca={cart}")),
        image(""),
        image("1001"),
        // The page after buying is loaded again.
        image("1001"),
    ]
}
