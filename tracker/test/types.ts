// Wrong items and missing order ids are compile errors: `tsc` fails if one of these lines is none.
import { track } from "../src/index";
import type { Tallyho } from "../src/types";

declare const tallyho: Tallyho;

track("purchase", { transaction_id: "1001", value: "59.90", items: [{ item_id: "S1", price: "20.00", quantity: 2 }] });
tallyho("view_item", { items: [{ item_id: "S1" }] });
tallyho("page_view");
tallyho("newsletter", { properties: { list: "spring" } });
track("newsletter", { list: "spring" });

// @ts-expect-error an order has an id
track("purchase", { value: "59.90" });
// @ts-expect-error an item has an id
track("view_item", { items: [{ item_name: "Shirt" }] });
// @ts-expect-error a price is no object
tallyho("add_to_cart", { items: [{ item_id: "S1", price: {} }] });
// @ts-expect-error a field that does not exist
track("purchase", { transaction_id: "1", value: "1", transactionID: "1" });
// @ts-expect-error consent is granted or denied
tallyho("consent", "yes");
