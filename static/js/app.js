// The page works without any of this. Each module adds one comfort and finds its own elements; what they look for
// is listed in templates/ui/README.md. Under the site's CSP: no inline style attributes, no eval.
import "./busy.js";
import "./composer.js";
import "./copy.js";
import "./draft.js";
import "./menu.js";
import "./preview.js";
import "./problems.js";
import "./quote.js";
import "./swap.js";
