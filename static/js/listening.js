// Keyboard triage in the inbox of feedback. Every key does what a link or a button on the page does; the list is shown
// under "Keys" (?). Keys are left alone while somebody types, and with Ctrl, Alt or Meta held.
import { say } from "./words.js";

const words = () => document.getElementById("listening-words")?.dataset;
const queue = () => [...document.querySelectorAll("[data-queue] a[data-entry]")];
const form = () => document.getElementById("collect");

/** Is somebody writing, or choosing from a list? */
function typing(element) {
  return element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}

/** The entry in hand: the focused one, else the one that is open. */
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
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  say(words().entry.replace("{n}", links.indexOf(next) + 1).replace("{all}", links.length));
}

/** The focused link, when it is not the entry that is open already: a key opens it first. */
function elsewhere(key) {
  const link = document.activeElement?.closest?.("a[data-entry]");
  if (!link || link.getAttribute("aria-current") === "true") return false;
  location.assign(`${link.href}#${key}`);
  return true;
}

function choose(selector, goal) {
  const radio = form()?.querySelector(selector);
  if (!radio) {
    say(form() ? words().noSimilar : words().notHere);
    return;
  }
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  const wanted = goal ? form().querySelector(goal) : radio;
  wanted.focus();
  wanted.scrollIntoView({ block: "center" });
  say(words().filled);
}

function focus(selector) {
  const wanted = form()?.querySelector(selector);
  if (!wanted) {
    say(words().notHere);
    return;
  }
  wanted.focus();
  wanted.scrollIntoView({ block: "center" });
}

const ACTS = {
  a: () => choose("[data-similar]"),
  n: () => choose("[data-new]", "#title"),
  d: () => focus("#reason"),
};

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => queue()[Math.max(0, current(queue()))]?.click(),
  "/": () => focus("#find"),
  "?": () => {
    const help = document.getElementById("keys");
    help.open = !help.open;
    if (help.open) help.querySelector("summary").focus();
    help.scrollIntoView({ block: "nearest" });
  },
  ...Object.fromEntries(Object.entries(ACTS).map(([key, act]) => [key, () => elsewhere(key) || act()])),
};

document.addEventListener("keydown", (event) => {
  const element = event.target;
  if (!(element instanceof Element)) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (!element.closest("#collect")) return;
    event.preventDefault();
    form().querySelector(`[data-send=${element.id === "reason" ? "dismiss" : "accept"}]`).click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
  if (typing(element)) return;
  const run = KEYS[event.key.toLowerCase()];
  if (!run || !words()) return;
  event.preventDefault();
  run();
});

// Opened by a key that was pressed on the list: on to what it asks for.
if (words()) ACTS[location.hash.slice(1)]?.();
