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
// All three are asked at once: words, names of figures, and who looks. Without the catalogue, figures still show.
const words = speak();
const names = loadCatalogue().catch(() => undefined);
const known = start(names);
await words;
render(<App />, document.getElementById("app")!);
await known;
await speakLike(session.value?.user?.language);
