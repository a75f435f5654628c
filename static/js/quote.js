// "Quote" fills the page's composer instead of opening another page; a passage chosen in a post can be quoted alone.
// The server makes the Markdown (GET /posts/{data-quote}/quote, ?text= for a passage); when it will not, the link is followed.
import { copyOf, later, phrase, say } from "./words.js";

const LIMIT = 1500; // characters of a passage that travel in an address

/** The composer to fill: the reply's, not one that edits a post in its place. */
function composer() {
  return [...document.querySelectorAll("[data-composer]")].filter((each) => !each.closest(".post, .post-edit")).at(-1);
}

function passage(post) {
  const selection = getSelection();
  const body = post.querySelector(".post-body");
  if (selection.isCollapsed || !body?.contains(selection.anchorNode) || !body.contains(selection.focusNode)) return "";
  return selection.toString().trim().slice(0, LIMIT);
}

function insert(area, markdown) {
  const before = area.value.trimEnd();
  area.value = `${before}${before ? "\n\n" : ""}${markdown.trim()}\n\n`;
  area.setSelectionRange(area.value.length, area.value.length);
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

async function quote(link, text) {
  const area = composer()?.querySelector("textarea");
  const address = new URL(link.href);
  if (text) address.searchParams.set("text", text);
  if (!area) {
    location.assign(address);
    return;
  }
  try {
    const query = text ? `?${new URLSearchParams({ text })}` : "";
    const answer = await fetch(`/posts/${link.dataset.quote}/quote${query}`, { headers: { Accept: "text/plain" } });
    if (!answer.ok || !answer.headers.get("content-type")?.startsWith("text/plain")) throw new Error("no quotation");
    insert(area, await answer.text());
    say(phrase("quoted"));
  } catch {
    location.assign(address);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-quote]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  quote(link, passage(link.closest(".post")));
});

let offered = null;

function withdraw() {
  offered?.remove();
  offered = null;
}

/** A button right under the chosen passage, after the text in the order of the Tab key. */
function offer() {
  const selection = getSelection();
  const anchor = selection.anchorNode;
  const post = (anchor?.nodeType === Node.ELEMENT_NODE ? anchor : anchor?.parentElement)?.closest(".post");
  const link = post?.querySelector("a[data-quote]");
  withdraw();
  if (!link || !passage(post)) return;
  offered = copyOf("quote-selection");
  if (!offered) return;
  const box = selection.getRangeAt(0).getBoundingClientRect();
  const frame = post.getBoundingClientRect();
  post.querySelector(".post-body").after(offered);
  offered.style.insetBlockStart = `${box.bottom - frame.top + 6}px`;
  offered.style.insetInlineStart = `${Math.max(0, Math.min(box.left - frame.left, frame.width - offered.offsetWidth))}px`;
  offered.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
  offered.addEventListener("click", () => {
    quote(link, passage(post));
    selection.removeAllRanges();
  });
}

document.addEventListener("selectionchange", later(() => {
  if (document.activeElement !== offered || offered === null) offer();
}, 250));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") withdraw(); });
