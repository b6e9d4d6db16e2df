/** Where the page begins: looks first, then isolation, and the app once that is settled. */
import { isolate } from "./offline/shell.ts";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/query.css";
import "./styles/crop.css";
import "./styles/grid.css";
import "./styles/tools.css";

// The app starts downloads, which a reload would break off.
if (await isolate()) await import("./app/app.ts");
