// A small shop without a server: the cart lives in the address, the order id too.
const PRODUCTS = {
  S1: { item_id: "S1", item_name: "Shirt", item_brand: "Linen & Co", item_category: "Clothes", price: "20.00" },
  S2: { item_id: "S2", item_name: "Boot", item_brand: "Hill", item_category: "Shoes", price: "120.00" },
  S3: { item_id: "S3", item_name: "Sock", item_brand: "Hill", item_category: "Clothes", price: "5.00" },
};
const query = new URLSearchParams(location.search);
const cart = (query.get("cart") || "").split(",").filter(Boolean);
const lines = (skus) => [...new Set(skus)].map((sku) => ({ ...PRODUCTS[sku], quantity: skus.filter((s) => s == sku).length }));
const sum = (items) => items.reduce((all, item) => all + Math.round(item.price * 100) * item.quantity, 0);
const money = (cents) => (cents / 100).toFixed(2);
const to = (page, more) => `${page}?${new URLSearchParams({ ...(cart.length ? { cart: cart.join(",") } : {}), ...more })}`;
