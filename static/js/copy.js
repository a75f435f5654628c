// [data-copy] on a link: copies its address and says so on the spot. Where the browser keeps the clipboard to
// itself (plain http), it stays the link that it is.
import { phrase, say } from "./words.js";

const SHOWN = 1600; // milliseconds

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-copy]");
  if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(link.href);
  } catch {
    location.assign(link.href);
    return;
  }
  say(phrase("copied"));
  const words = [...link.childNodes].findLast((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!words || link.dataset.copied) return;
  const before = words.data;
  link.dataset.copied = "1";
  words.data = phrase("copied");
  setTimeout(() => {
    words.data = before;
    delete link.dataset.copied;
    const menu = link.closest("details.menu");
    if (menu) menu.open = false;
  }, SHOWN);
});
