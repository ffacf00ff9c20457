// What to paste, for every way to send: our own script, tag managers, shop systems, servers, and clients of others, of
// which only the host changes.

export interface SnippetAnswer {
  html: string;
  script: string;
  collect: string;
  pinned: { script: string; integrity: string };
  modules: string[];
}

export interface Ways {
  /** The site's number and collect key. */
  id: number;
  key: string;
  /** This server's address, as the page sees it. */
  host: string;
  answer: SnippetAnswer;
}

const PURCHASE = `tallyho("purchase", {
  transaction_id: "1001", value: "59.90", tax: "9.56", currency: "EUR",
  items: [{ item_id: "SKU-1", item_name: "Blue shirt", price: "50.34", quantity: 1 }]
});`;

export const WAYS: [name: string, write: (ways: Ways) => string][] = [
  ["html", ({ answer }) => `<!-- every page, in its head -->\n${answer.html}\n\n<!-- the page after buying -->\n<script>\n${PURCHASE}\n</script>`],
  ["gtm", ({ answer }) => `<!-- Custom HTML tag, trigger: Initialization - All Pages -->\n${answer.html}\n\n<!-- Custom HTML tag, trigger: your purchase event -->\n<script>\n${PURCHASE}\n</script>`],
  [
    "shopify",
    ({ host, key, answer }) =>
      `<!-- theme.liquid, before </head> -->\n${answer.html}\n\nSettings > Notifications > Webhooks, format JSON, once per topic\n(order creation, payment, update, cancellation, refund create, checkout creation and update):\nhttps://${host}/v1/webhooks/shopify/${key}\n\nStore the secret that stands below the list:\ntallyho site secret --site 1 --dialect shopify`,
  ],
  [
    "woocommerce",
    ({ host, key, answer }) =>
      `<!-- the theme's header -->\n${answer.html}\n\nWooCommerce > Settings > Advanced > Webhooks, once per topic\n(order created, updated, deleted, restored):\nhttps://${host}/v1/webhooks/woocommerce/${key}`,
  ],
  [
    "npm",
    ({ host, key, answer }) =>
      `npm install @tallyho/tracker\n\nimport { init, track } from "@tallyho/tracker";\ninit({ site: "${key}", endpoint: "https://${host}${new URL(answer.collect, "https://x").pathname}" });\ntrack("purchase", { transaction_id: "1001", value: "59.90", currency: "EUR",\n  items: [{ item_id: "SKU-1", price: "59.90" }] });`,
  ],
  [
    "server",
    ({ host, id }) =>
      `curl https://${host}/v1/events -H "Authorization: Bearer TOKEN" -d '{"site":${id},"events":[{\n  "id":"0192f0c1-2b3c-7d4e-8f50-123456789abc","name":"purchase","transaction_id":"1001",\n  "value":"59.90","tax":"9.56","currency":"EUR","visitor_id":"v-1",\n  "items":[{"item_id":"SKU-1","item_name":"Blue shirt","price":"50.34","quantity":1}]}]}'`,
  ],
  ["matomo", ({ host, id }) => `var u = "https://${host}/";\n_paq.push(["setTrackerUrl", u + "matomo.php"]);\n_paq.push(["setSiteId", "${id}"]);`],
  ["ga4", ({ host }) => `gtag("config", "G-XXXXXXX", { server_container_url: "https://${host}" });\n\n// servers and apps\nPOST https://${host}/mp/collect?measurement_id=G-XXXXXXX&api_secret=SECRET`],
  ["segment", ({ host }) => `// Node\nconst analytics = new Analytics({ writeKey: "WRITE_KEY", host: "https://${host}" });\n\n// browser\nAnalyticsBrowser.load({ writeKey: "WRITE_KEY", cdnURL: "https://${host}" });`],
  ["snowplow", ({ host, id }) => `snowplow("newTracker", "sp", "https://${host}", { appId: "shop" });\n\n// tell the site which app id is its own\ntallyho site set --site ${id} dialects=snowplow:shop`],
  ["mixpanel", ({ host }) => `mixpanel.init("TOKEN", { api_host: "https://${host}" });`],
  ["countly", ({ host }) => `Countly.init({ app_key: "APPKEY", url: "https://${host}" });`],
  ["ahoy", ({ host, key }) => `ahoy.configure({urlPrefix: "https://${host}/${key}"});`],
  ["heap", ({ host }) => `curl https://${host}/api/track -H "Content-Type: application/json" \\\n  -d '{"app_id":"APP_ID","identity":"customer-1","event":"Order Placed","properties":{"transaction_id":"1001"}}'`],
  ["emarsys", ({ host }) => `<script src="https://${host}/js/MERCHANT_ID/scarab-v2.js"></script>`],
  ["stripe", ({ host, key }) => `Developers > Webhooks > Add endpoint, payload style Snapshot:\nhttps://${host}/v1/webhooks/stripe/${key}`],
];
