// Wrong items and missing order ids are compile errors: `tsc` fails if one of these lines is none.
import { Tallyho } from "../src/index.js";

const tallyho = new Tallyho({ host: "https://stats.shop.example", token: "t" });

tallyho.track("purchase", { transaction_id: "1001", value: "59.90", visitor_id: "v", items: [{ item_id: "S1", price: "20.00", quantity: 2 }] });
tallyho.track("order_status", { transaction_id: "1001", status: "cancelled", occurred_at: new Date() });
tallyho.track("stock_low", { properties: { sku: "S1" } });
const safe: Promise<boolean> = tallyho.flush();
void safe;

// @ts-expect-error an order has an id
tallyho.track("purchase", { value: "59.90" });
// @ts-expect-error an item has an id
tallyho.track("view_item", { items: [{ item_name: "Shirt" }] });
// @ts-expect-error a field that does not exist
tallyho.track("purchase", { transaction_id: "1", value: "1", transactionID: "1" });
// @ts-expect-error a status that does not exist
tallyho.track("order_status", { transaction_id: "1", status: "done" });
// @ts-expect-error a token is needed
new Tallyho({ host: "https://stats.shop.example" });
