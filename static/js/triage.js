// Keyboard triage on the moderators' desk. Every key does what a link or a button on the page does; the list is shown
// under "Keys" (?). Keys are left alone while somebody types, and with Ctrl, Alt or Meta held.
import { say } from "./words.js";

const queue = () => [...document.querySelectorAll("[data-queue] a[data-case]")];
const words = () => document.getElementById("triage-words")?.dataset ?? {};
const form = () => document.getElementById("decide");
const ACTS = { d: ["dismiss", "approve"], e: ["edit"], h: ["hide"], r: ["remove"], w: ["warn"] };

/** Is somebody writing, or choosing from a list? */
function typing(element) {
  return element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}

/** The case in hand: the focused one, else the one that is open. */
function current(links) {
  const focused = links.indexOf(document.activeElement);
  return focused >= 0 ? focused : links.findIndex((link) => link.getAttribute("aria-current") === "true");
}

function move(step) {
  const links = queue();
  const at = current(links);
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
  if (!next) {
    say(words().none);
    return;
  }
  next.focus(); // a link with focus is read out, with all it says
  next.scrollIntoView({ block: "nearest" });
  say((words().case ?? "").replace("{n}", links.indexOf(next) + 1).replace("{all}", links.length));
}

/** The link that a key is about, when it is not the case that is open already. */
function elsewhere() {
  const link = document.activeElement?.closest?.("a[data-case]");
  return link && link.getAttribute("aria-current") !== "true" ? link : null;
}

/** Open the case with its form filled in for `acts`, or choose the act in the form that stands here. */
function act(acts) {
  const link = elsewhere();
  if (link) {
    const to = new URL(link.href);
    to.searchParams.set("do", acts[0]);
    to.hash = "decide";
    location.assign(to);
    return;
  }
  const radio = acts.map((one) => form()?.querySelector(`[data-act="${one}"]`)).find(Boolean);
  if (!radio) {
    say(words().notHere);
    return;
  }
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  const text = form().querySelector("#explanation");
  const asked = radio.hasAttribute("data-restricts") ? text : form().querySelector("[data-send]");
  // not for an edit: its form would be put anew under the hands of whoever writes in it already
  if (text && acts[0] !== "edit" && radio.hasAttribute("data-restricts") && !text.value.trim()) form().querySelector("[name=fill]")?.click();
  const wanted = acts[0] === "edit" ? form().querySelector("#text") : asked;
  wanted?.focus();
  wanted?.scrollIntoView({ block: "center" });
  say(words().filled);
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => (elsewhere() ?? queue()[Math.max(0, current(queue()))])?.click(),
  c: () => document.querySelector('[data-key="c"]')?.click() ?? say(words().notHere),
  n: () => {
    const note = form()?.querySelector("#body");
    note?.focus();
    if (!note) say(words().notHere);
  },
  x: () => document.activeElement?.closest?.("li")?.querySelector("input[type=checkbox]")?.click(),
  "?": () => {
    const help = document.getElementById("keys");
    if (!help) return;
    help.open = !help.open;
    if (help.open) help.querySelector("summary").focus();
    help.scrollIntoView({ block: "nearest" });
  },
  ...Object.fromEntries(Object.entries(ACTS).map(([key, acts]) => [key, () => act(acts)])),
};

document.addEventListener("keydown", (event) => {
  const element = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const sends = element.closest?.("#decide");
    if (!sends) return;
    event.preventDefault();
    const note = element.id === "body";
    // a click, not requestSubmit(): htmx only knows the button (and its formaction) that was clicked
    sends.querySelector(note ? '[formaction*="/notes"]' : "[data-send]")?.click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
  if (!(element instanceof Element) || typing(element)) return;
  const run = KEYS[event.key === "?" ? "?" : event.key.toLowerCase()];
  if (!run || !document.getElementById("triage-words")) return;
  event.preventDefault();
  run();
});

// Decided: the next case is one Enter away.
const next = document.querySelector("[data-next]");
// Opened with a form that is filled in (a key pressed on the list): on to what is still to be read and sent.
const begun = next ?? document.querySelector("#decide [data-focus]");
if (begun && document.activeElement === document.body) begun.focus();
