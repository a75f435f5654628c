// Words come from the page (templates/layouts/_phrases.html), already in the reader's language.

/** The sentence `data-<key>` of #phrases, or "". `key` in camelCase. */
export function phrase(key) {
  return document.getElementById("phrases")?.dataset[key] ?? "";
}

/** Say `text` to screen readers, politely. The same sentence twice is said twice. */
export function say(text) {
  const region = document.getElementById("announcer");
  if (!region || !text) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 60); // a region is only read when its text changes
}

/** The first element of <template id="…">, as a new copy; null when the page has none. */
export function copyOf(id) {
  const template = document.getElementById(id);
  return template ? template.content.firstElementChild.cloneNode(true) : null;
}

/** Call `run(root)` now for the page and later for each piece that htmx puts in. */
export function onContent(run) {
  run(document.body);
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) run(event.detail.elt);
  });
}

/** `root` itself and what is in it, as far as `selector` matches. */
export function within(root, selector) {
  const found = [...root.querySelectorAll(selector)];
  return root.matches?.(selector) ? [root, ...found] : found;
}

/** `run`, at most once, `wait` milliseconds after the last call. */
export function later(run, wait) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(run, wait, ...args);
  };
}
