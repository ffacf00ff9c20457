"""A product view, a cart, an order and a refund through the Python library named as the first argument, unmodified.

The second argument is the server's address. Libraries that insist on their host are given another one.
"""

import sys

LIBRARY, BASE = sys.argv[1], sys.argv[2]
SHIRT = {"product_id": "p1", "sku": "S1", "name": "Shirt", "price": 20, "quantity": 2}
BOOT = {"product_id": "p2", "sku": "S2", "name": "Boot", "price": 120, "quantity": 1}
ORDER = {"order_id": "1001", "total": 165, "shipping": 5, "currency": "EUR", "products": [SHIRT, BOOT]}
REFUND = {"order_id": "1001", "total": 20, "currency": "EUR", "products": [{**SHIRT, "quantity": 1}]}


def segment():
    from segment import analytics

    failures = []
    analytics.write_key, analytics.host, analytics.gzip = "WK", BASE, True
    analytics.on_error = lambda error, items: failures.append(error)
    analytics.track("cust-1", "Product Viewed", SHIRT)
    analytics.track("cust-1", "Product Added", SHIRT)
    analytics.track("cust-1", "Product Added", BOOT)
    analytics.track("cust-1", "Order Completed", ORDER)
    analytics.track("cust-1", "Order Refunded", REFUND)
    analytics.shutdown()
    assert not failures, failures


def mixpanel():
    from mixpanel import Consumer, Mixpanel

    urls = {name: f"{BASE}/{path}" for name, path in [("events_url", "track"), ("people_url", "engage"), ("import_url", "import")]}
    client = Mixpanel("TOK", consumer=Consumer(**urls))
    client.track("cust-1", "Product Viewed", SHIRT)
    client.track("cust-1", "Product Added", SHIRT)
    client.track("cust-1", "Product Added", BOOT)
    client.track("cust-1", "Order Completed", ORDER)
    client.track("cust-1", "Order Refunded", REFUND)
    client.people_set("cust-1", {"$name": "Cleo"})


def ga4():
    from ga4mp import GtagMP

    client = GtagMP(api_secret="s", measurement_id="G-SHOP", client_id="171.1740000000")
    client._base_domain = f"{BASE}/mp/collect"

    def say(name, products, **parameters):
        event = client.create_new_event(name=name)
        for key, value in parameters.items():
            event.set_event_param(name=key, value=value)
        for product in products:
            item = event.create_new_item(item_id=product["sku"], item_name=product["name"])
            item.set_parameter(name="price", value=product["price"])
            item.set_parameter(name="quantity", value=product["quantity"])
            event.add_item_to_event(item)
        client.send(events=[event])

    say("view_item", [SHIRT], currency="EUR", value=20)
    say("add_to_cart", [SHIRT], currency="EUR", value=40)
    say("add_to_cart", [BOOT], currency="EUR", value=120)
    say("purchase", [SHIRT, BOOT], transaction_id="1001", currency="EUR", value=160, shipping=5)
    say("refund", [{**SHIRT, "quantity": 1}], transaction_id="1001", currency="EUR", value=20)


{"segment": segment, "mixpanel": mixpanel, "ga4": ga4}[LIBRARY]()
