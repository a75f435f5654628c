// After a piece of the page was exchanged: the focus goes where it matters, and what happened is said.
import { onContent, phrase, say, within } from "./words.js";

/** The title of a page with errors begins with the word, also when only its form came back. */
function mark(failed) {
  const prefix = `${phrase("error")}: `;
  const marked = document.title.startsWith(prefix);
  if (failed && !marked) document.title = prefix + document.title;
  if (!failed && marked) document.title = document.title.slice(prefix.length);
}

onContent((root) => {
  if (root === document.body) {
    root.querySelector("form .notice--bad[data-focus]")?.focus();
    return;
  }
  const focus = within(root, "[data-focus]")[0];
  if (focus) {
    if (!focus.hasAttribute("tabindex")) focus.tabIndex = -1;
    focus.focus();
    if (focus.matches(".post")) focus.classList.add("is-fresh");
  }
  for (const element of within(root, "[data-announce]")) say(element.dataset.announce);
  if (within(root, "form").length) mark(within(root, '[aria-invalid="true"]').length > 0);
});

// HX-Trigger: {"announce": "…"} from the server.
document.addEventListener("announce", (event) => say(event.detail?.value));

// [data-clear]: a form that is ready for the next text once its own was taken.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt;
  if (event.detail.successful && form.matches("form[data-clear]")) form.reset();
});
