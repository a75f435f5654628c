// Answers that are not what was asked for (403, 404, 413, 429, 5xx, no answer at all) are said beside the form that
// asked, whose text stays as it is. 409 and 422 bring the form again and are swapped like any answer, unless they
// are a bare problem. Where there is no form, the foot of the window says it until it is closed.
import { copyOf, phrase } from "./words.js";

function flash() {
  const region = document.getElementById("flash");
  region.replaceChildren();
  return region;
}

function slotFor(element) {
  const form = element.closest("form");
  if (!form) return flash();
  let slot = form.querySelector(":scope > .problem-slot");
  if (!slot) {
    slot = document.createElement("div");
    slot.className = "problem-slot";
    form.prepend(slot);
  }
  return slot;
}

function closable(slot) {
  if (slot.id !== "flash") return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small";
  button.textContent = phrase("close");
  button.addEventListener("click", () => slot.replaceChildren());
  slot.querySelector(".notice")?.append(button);
}

function tell(element, template) {
  const slot = slotFor(element);
  const note = copyOf(template);
  note.setAttribute("role", "alert");
  note.tabIndex = -1;
  slot.replaceChildren(note);
  closable(slot);
  if (slot.id !== "flash") note.focus();
}

document.addEventListener("htmx:beforeRequest", (event) => {
  event.detail.elt.closest("form")?.querySelector(":scope > .problem-slot")?.remove();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event;
  const asked = detail.requestConfig.elt;
  const bare = detail.xhr.status >= 400 && detail.xhr.responseText.includes("data-problem=");
  if (bare) {
    Object.assign(detail, {
      target: slotFor(asked), shouldSwap: true, isError: false, swapOverride: "innerHTML", selectOverride: ".problem",
    });
  } else if (detail.isError) {
    detail.isError = false;
    tell(asked, "problem-unknown");
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "flash") closable(event.detail.target);
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => tell(event.detail.elt, "problem-offline"));
}
