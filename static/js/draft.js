// A text in the making stays on this device until it is posted. One copy per tab, so that no tab overwrites
// another's; a new tab starts from the newest. Signing out forgets them all, a month forgets each.
import { copyOf, later, onContent, phrase, say, within } from "./words.js";

const PAUSE = 700; // milliseconds
const KEPT = 30 * 86_400_000; // milliseconds
const viewer = document.body.dataset.viewer || "guest";
const PREFIX = `draft:${viewer}:`;
// In sessionStorage: the draft whose form is on its way as a page of its own, and the one that came back as an error.
const SENT = "draft-sent";
const FAILED = "draft-failed";
const TAB = tab();

function tab() {
  try {
    const known = sessionStorage.getItem("tab") ?? Math.random().toString(36).slice(2, 10);
    sessionStorage.setItem("tab", known);
    return known;
  } catch {
    return "0"; // storage is forbidden: everything below quietly keeps nothing
  }
}

function all(prefix = PREFIX) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix))
      .map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
  } catch {
    return [];
  }
}

function forget(keys) {
  try {
    for (const key of keys) localStorage.removeItem(key);
  } catch { /* nothing was kept */ }
}

const nameOf = (form) => form?.querySelector("[data-draft]")?.dataset.draft;
const keyOf = (form) => `${PREFIX}${nameOf(form)}:${TAB}`;
const fieldsOf = (form) => [...form.elements].filter((field) =>
  field.name && field.matches('textarea, select, input:is([type="text"], [type="checkbox"], [type="radio"], :not([type]))'));

const isBox = (field) => field.type === "checkbox" || field.type === "radio";

function read(form) {
  return fieldsOf(form).map((field) => [field.name, isBox(field) ? [field.value, field.checked] : field.value]);
}

function write(form, values) {
  for (const [name, value] of values) {
    for (const field of fieldsOf(form).filter((each) => each.name === name)) {
      if (!isBox(field)) field.value = value;
      else if (Array.isArray(value) && field.value === value[0]) field.checked = value[1];
    }
  }
}

const bodyOf = (form) => form.querySelector("[data-draft] textarea");
const state = (form, text) => {
  const place = form.querySelector("[data-draft-state]");
  if (place) place.textContent = text;
};

function keep(form) {
  const area = bodyOf(form);
  if (area.value === area.defaultValue || !area.value.trim()) {
    forget([keyOf(form)]);
    state(form, "");
    return;
  }
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values: read(form) }));
    state(form, phrase("draftKept"));
  } catch { /* full or forbidden: the text is still on the page */ }
}

const waiting = new Set(); // forms typed in since they were last kept

function keepAll() {
  for (const form of waiting) if (form.isConnected) keep(form);
  waiting.clear();
}
const keepSoon = later(keepAll, PAUSE);

/** The draft is done: away with this tab's copy, the one it came from, and any with the same text. */
function done(name, text) {
  const mine = `${PREFIX}${name}:${TAB}`;
  forget(all(`${PREFIX}${name}:`).filter((draft) =>
    draft.key === mine || JSON.stringify(draft.values).includes(JSON.stringify(text))).map((draft) => draft.key));
}

function restore(form) {
  const area = bodyOf(form);
  if (!area || area.value !== area.defaultValue || form.querySelector('[aria-invalid="true"]')) return;
  const mine = keyOf(form);
  const drafts = all(`${PREFIX}${nameOf(form)}:`).sort((a, b) => (b.key === mine) - (a.key === mine) || b.at - a.at);
  const draft = drafts[0];
  if (!draft) return;
  const before = read(form);
  write(form, draft.values);
  if (area.value === area.defaultValue) return;
  // A quotation that the page brought stays, after what was there.
  const brought = area.defaultValue.trim();
  if (brought && !nameOf(form).startsWith("edit-") && !area.value.includes(brought)) {
    area.value = `${area.value.trimEnd()}\n\n${area.defaultValue}`;
  }
  const note = copyOf("draft-note");
  form.querySelector("[data-draft]").prepend(note);
  note.querySelector("[data-draft-discard]").addEventListener("click", () => {
    write(form, before);
    forget([draft.key, mine]);
    note.remove();
    state(form, "");
    say(phrase("draftDiscarded"));
    area.focus();
  });
}

/** Arrived by a redirect after posting: the draft that was sent is done. Back, reload or an error: it is not. */
function settle() {
  let sent;
  try {
    sent = JSON.parse(sessionStorage.getItem(SENT));
    sessionStorage.removeItem(SENT);
  } catch { return; }
  const [navigation] = performance.getEntriesByType("navigation");
  const failed = document.querySelector("[data-error-page], form .notice--bad[data-focus], [data-composer] [aria-invalid]");
  if (sent && navigation?.type === "navigate" && !failed) done(sent.name, sent.text);
  else if (sent && failed) stash(FAILED, sent); // the error page can send it again
}

function stash(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch { /* the draft outlives its post, and says so next time */ }
}

settle();
forget(all("draft:").filter((draft) => Date.now() - draft.at > KEPT).map((draft) => draft.key));
onContent((root) => {
  for (const composer of within(root, "[data-draft]")) if (composer.closest("form")) restore(composer.closest("form"));
});

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!nameOf(form)) return;
  waiting.add(form);
  keepSoon();
});
addEventListener("pagehide", keepAll);
document.addEventListener("htmx:beforeSwap", keepAll);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-leaving]")) forget(all().map((draft) => draft.key));
  if (form.matches("[data-kept]")) stash(SENT, JSON.parse(sessionStorage.getItem(FAILED) ?? "null"));
  if (!nameOf(form) || event.submitter?.matches("[data-preview]")) return;
  keepAll();
  stash(SENT, { name: nameOf(form), text: bodyOf(form).value });
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches("form") || !nameOf(form)) return;
  waiting.delete(form);
  form.dataset.sending = bodyOf(form).value;
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.requestConfig.elt; // detail.elt is its parent once it was swapped away
  if (!form.matches("form[data-sending]")) return;
  const { status } = event.detail.xhr; // not `successful`, which an HX-Redirect leaves unset
  if (status >= 200 && status < 400) done(nameOf(form), form.dataset.sending);
  delete form.dataset.sending;
  try { sessionStorage.removeItem(SENT); } catch { /* nothing was kept */ }
});
