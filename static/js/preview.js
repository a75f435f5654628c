// "Preview" opens a panel under the text that follows the typing; on a phone it takes the text's place.
import { later, onContent, phrase, say, within } from "./words.js";

const PAUSE = 450; // milliseconds without a key before the preview follows

const parts = (composer) => ({
  area: composer.querySelector("textarea"),
  write: composer.querySelector("[data-write]"),
  button: composer.querySelector("[data-preview]"),
  panel: composer.querySelector(".composer-preview"),
});

function show(composer, on) {
  const { write, button, panel } = parts(composer);
  composer.classList.toggle("is-previewing", on);
  panel.hidden = !on;
  button.setAttribute("aria-pressed", String(on));
  write.setAttribute("aria-pressed", String(!on));
}

onContent((root) => {
  if (!window.htmx) return; // without it the button posts the page, and that is a preview too
  for (const write of within(root, "[data-composer] [data-write]")) write.hidden = false;
});

// In the capturing phase: before htmx hears of it.
document.addEventListener("click", (event) => {
  const composer = event.target.closest?.("[data-write], [data-preview]")?.closest("[data-composer]");
  if (!composer || !window.htmx) return;
  const { area } = parts(composer);
  if (event.target.closest("[data-write]")) {
    show(composer, false);
    area.focus();
  } else if (area.value.trim()) {
    show(composer, true);
  } else {
    event.preventDefault();
    event.stopPropagation();
    area.focus();
  }
}, true);

const follow = later((composer) => {
  const { area, button, panel } = parts(composer);
  if (panel.hidden) return;
  if (area.value.trim()) window.htmx.trigger(button, "preview");
  else panel.replaceChildren();
}, PAUSE);

document.addEventListener("input", (event) => {
  const composer = event.target.closest?.("[data-composer].is-previewing");
  if (composer && window.htmx) follow(composer);
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { requestConfig: { elt, triggeringEvent }, successful } = event.detail;
  if (elt.matches("[data-preview]") && successful && triggeringEvent?.type === "click") say(phrase("previewReady"));
});

document.addEventListener("reset", (event) => {
  for (const composer of event.target.querySelectorAll("[data-composer]")) if (window.htmx) show(composer, false);
});
