// After a piece of the page was exchanged: the focus goes where it matters, and what happened is said.
import { onContent, phrase, say, within } from "./words.js";

/** The title of a page with errors begins with the word, also when only its form came back. */
function mark(failed) {
  const prefix = `${phrase("error")}: `;
  const marked = document.title.startsWith(prefix);
  if (failed && !marked) document.title = prefix + document.title;
  if (!failed && marked) document.title = document.title.slice(prefix.length);
}

let verb = "get"; // of the request whose answer is being put in
let clicked = false; // whether a link or button asked for it, not somebody who is typing
const unasked = new WeakSet(); // what holds pieces that the page fetches by itself: they never take the focus

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const cause = detail.requestConfig.triggeringEvent?.type;
  if (!cause) {
    unasked.add(detail.target.parentElement);
    return; // what somebody asked for meanwhile may be on its way in
  }
  verb = detail.requestConfig.verb;
  clicked = cause === "click" || cause === "submit";
});

/** What in `root` should have the focus, if anything: what says so, a post just written, a form just asked for. */
function goal(root) {
  const wanted = within(root, "[data-focus]")[0];
  if (wanted) return wanted;
  if (verb !== "get" || root.matches("article.post")) return within(root, "article.post").at(-1);
  const area = within(root, "form [data-composer] textarea")[0];
  if (area) {
    area.setSelectionRange(area.value.length, area.value.length);
    return area;
  }
  // Whatever had the focus is gone (a "more" link): on to the first new thing.
  return clicked && document.activeElement === document.body ? within(root, "a[href]")[0] : undefined;
}

onContent((root) => {
  if (root === document.body) {
    root.querySelector("form .notice--bad[data-focus]")?.focus();
    return;
  }
  if (!root.isConnected || root.closest(".composer-preview")) return;
  const focus = unasked.has(root.parentElement) ? undefined : goal(root);
  if (focus) {
    if (!focus.matches("a, textarea") && !focus.hasAttribute("tabindex")) focus.tabIndex = -1;
    focus.focus();
    if (verb !== "get" && focus.matches(".post")) focus.classList.add("is-fresh");
  }
  for (const element of within(root, "[data-announce]")) say(element.dataset.announce);
  if (within(root, "form").length) mark(within(root, '[aria-invalid="true"]').length > 0);
});

// HX-Trigger: {"announce": "…"} from the server.
document.addEventListener("announce", (event) => say(event.detail?.value));

// [data-clear]: a form that is ready for the next text once its own was taken.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.requestConfig.elt;
  if (event.detail.successful && form.matches("form[data-clear]")) form.reset();
});
