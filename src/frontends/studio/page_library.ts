import script from "./page.bundle.js" with { type: "text" };
import style from "./page.bundle.css" with { type: "text" };

/** The script and the style sheet of the page. Only `studio` and the export of a page load this file. */
export const pageBundles = { script, style };
