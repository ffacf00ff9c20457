// The entrance: words, then who looks, then what can be asked, then the screen of the address.

import "uplot/dist/uPlot.min.css";
import "./styles/index.css";
import { render } from "preact";
import { App } from "./app";
import { speak, speakLike } from "./i18n";
import { listenForPalette } from "./parts/palette";
import { loadCatalogue } from "./state/catalogue";
import { session, start } from "./state/session";
import { followLinks } from "./state/url";
import "./state/prefs";

followLinks();
listenForPalette();
await speak();
render(<App />, document.getElementById("app")!);
// The catalogue gives names to what is already on its way; without it, figures still show.
await Promise.all([start(), loadCatalogue().catch(() => undefined)]);
await speakLike(session.value?.user?.language);
