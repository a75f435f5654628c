// One press, one request. The server refuses doubles too; this spares people the refusal.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "get") return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  if (form.hasAttribute("hx-post") || form.hasAttribute("data-hx-post")) return; // htmx marks its own
  form.setAttribute("aria-busy", "true");
});

// htmx queues a second press; for a form that posts, it must be dropped.
document.addEventListener("htmx:confirm", (event) => {
  if (event.detail.elt.matches("form.htmx-request")) event.preventDefault();
});

// Back from the next page, by way of the browser's memory: ready again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll('form[aria-busy="true"]')) form.removeAttribute("aria-busy");
});
