// The toolbar and the keys of a text box. Edits go through the browser's own undo.
import { onContent, phrase, within } from "./words.js";

/** Replace [from, to) of `area` by `text`, then select [start, end). */
function put(area, from, to, text, start, end) {
  area.focus();
  area.setSelectionRange(from, to);
  // Deprecated, and still the only way that keeps undo; setRangeText is what a browser without it gets.
  const done = document.execCommand?.(text ? "insertText" : "delete", false, text);
  if (!done) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  area.setSelectionRange(start, end);
}

/** Put `mark` around the selection, or take it away when it is there already. */
function wrap(area, mark, sample) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const size = mark.length;
  if (value.slice(from - size, from) === mark && value.slice(to, to + size) === mark) {
    put(area, from - size, to + size, value.slice(from, to), from - size, to - size);
    return;
  }
  const words = value.slice(from, to) || sample;
  put(area, from, to, mark + words + mark, from + size, from + size + words.length);
}

/** Put `prefix` before each line of the selection, or take it away when all have it. */
function lines(area, prefix, sample) {
  const { value } = area;
  const from = value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const next = value.indexOf("\n", area.selectionEnd);
  const to = next < 0 ? value.length : next;
  const rows = (value.slice(from, to) || sample).split("\n");
  const off = rows.every((row) => row.startsWith(prefix));
  const text = rows.map((row) => (off ? row.slice(prefix.length) : prefix + row)).join("\n");
  put(area, from, to, text, from + (off ? 0 : prefix.length), from + text.length);
}

function link(area) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const chosen = value.slice(from, to);
  if (/^https?:\/\/\S+$/.test(chosen)) {
    const words = phrase("sampleLink");
    put(area, from, to, `[${words}](${chosen})`, from + 1, from + 1 + words.length);
    return;
  }
  const words = chosen || phrase("sampleLink");
  const address = from + words.length + 3;
  put(area, from, to, `[${words}](https://)`, address, address + 8);
}

function code(area) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const chosen = value.slice(from, to);
  if (!chosen.includes("\n")) {
    wrap(area, "`", phrase("sampleCode"));
    return;
  }
  const before = from && value[from - 1] !== "\n" ? "\n" : "";
  put(area, from, to, `${before}\`\`\`\n${chosen}\n\`\`\``, from + before.length + 4, from + before.length + 4 + chosen.length);
}

const TOOLS = {
  bold: (area) => wrap(area, "**", phrase("sampleBold")),
  italic: (area) => wrap(area, "*", phrase("sampleItalic")),
  spoiler: (area) => wrap(area, "||", phrase("sampleSpoiler")),
  quote: (area) => lines(area, "> ", ""),
  list: (area) => lines(area, "- ", phrase("sampleItem")),
  link,
  code,
};
const KEYS = { b: "bold", i: "italic", k: "link" };

onContent((root) => {
  for (const bar of within(root, "[data-composer] .toolbar")) {
    bar.hidden = false;
    [...bar.querySelectorAll("button")].forEach((tool, index) => { tool.tabIndex = index ? -1 : 0; });
  }
});

document.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-do]");
  const area = tool?.closest("[data-composer]")?.querySelector("textarea");
  if (area) TOOLS[tool.dataset.do]?.(area);
});

/** Arrows walk along the toolbar, which is one stop of the Tab key (ARIA toolbar pattern). */
function walk(event, bar) {
  const tools = [...bar.querySelectorAll("button")];
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  const here = tools.indexOf(document.activeElement);
  const goal = { Home: 0, End: tools.length - 1 }[event.key] ?? here + (steps[event.key] ?? 0);
  if (!(event.key in steps) && event.key !== "Home" && event.key !== "End") return;
  event.preventDefault();
  const next = tools[(goal + tools.length) % tools.length];
  for (const tool of tools) tool.tabIndex = tool === next ? 0 : -1;
  next.focus();
}

function inText(event, area) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (event.key === "Enter") {
    event.preventDefault();
    area.form?.requestSubmit(area.form.querySelector('button[type="submit"]:not([data-preview])'));
  } else if (KEYS[event.key]) {
    event.preventDefault();
    TOOLS[KEYS[event.key]](area);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const { target } = event;
  const bar = target.closest?.('[role="toolbar"]');
  if (bar) {
    walk(event, bar);
  } else if (target.matches?.("[data-composer] textarea")) {
    inText(event, target);
  } else if (event.key === "Enter" && target.matches?.('input:not([type="checkbox"], [type="radio"])')) {
    // The first submit button is "Preview": Enter in a title goes on to the text instead.
    const area = target.form?.querySelector("[data-composer] textarea");
    if (area) {
      event.preventDefault();
      area.focus();
    }
  }
});
