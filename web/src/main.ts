/** Entry of the page: styles, then isolation, then the app. */
import { isolatePage } from "./offline/isolation.ts";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/query.css";
import "./styles/crop.css";
import "./styles/grid.css";
import "./styles/tools.css";

// Imported last: the app starts downloads, which a reload would abort.
if (await isolatePage()) await import("./app/app.ts");
