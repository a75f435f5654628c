// The inks of the open page: one number for each way in which text stands on its ground. Elements share a number when
// they have the same names and classes all the way up and the browser computed the same colours, fonts, backgrounds and
// layers for them: contrast follows from these alone. The elements stay here for axe.js, in `window.__inks`.
(part) => {
  const hash = (text) => { // cyrb53: 53 bits, so that two inks of a run do not meet by chance
    let a = 0xdeadbeef, b = 0x41c6ce57;
    for (let i = 0; i < text.length; i++) {
      a = Math.imul(a ^ text.charCodeAt(i), 2654435761);
      b = Math.imul(b ^ text.charCodeAt(i), 1597334677);
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return 4294967296 * (2097151 & b) + (a >>> 0);
  };
  const GROUND = ["backgroundColor", "backgroundImage", "opacity", "filter", "backdropFilter", "mixBlendMode",
    "clipPath", "position", "zIndex", "float", "overflow", "transform"];
  const INK = ["color", "fontSize", "fontWeight", "textShadow", "webkitTextFillColor", "webkitTextStroke", "textIndent"];
  const grounds = new Map();
  const ground = (element) => {
    if (!element) return "";
    if (!grounds.has(element)) {
      const style = getComputedStyle(element);
      const own = GROUND.map((name) => style[name]).join();
      const name = `${element.localName}.${element.getAttribute("class") || ""}`;
      grounds.set(element, hash(`${ground(element.parentElement)}|${name}|${own}`));
    }
    return grounds.get(element);
  };
  const written = (element) => element.matches("input, select, textarea, button")
    || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  window.__inks = new Map();
  const root = part ? document.querySelector(part) : document.body;
  for (const element of [root, ...root.querySelectorAll("*")]) {
    if (!written(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const ink = INK.map((name) => style[name]).join();
    const key = hash(`${ground(element)}|${ink}|${element.matches(":disabled")}`);
    if (!window.__inks.has(key)) window.__inks.set(key, []);
    window.__inks.get(key).push(element);
  }
  return [...window.__inks.keys()];
}
