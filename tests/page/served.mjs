/** Lets Node load the page's modules: their imports from the app's public folder are addresses on the server. */

import { register } from "node:module";

const PUBLIC = new URL("../../imogi_finance/public/", import.meta.url).href;
const hooks = `export const resolve = (specifier, context, next) =>
	next(specifier.replace(/^\\/assets\\/imogi_finance\\//, ${JSON.stringify(PUBLIC)}), context);`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
