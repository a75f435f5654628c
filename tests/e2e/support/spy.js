// Runs before anything else in every document; what it notes is fetched by support/person.py.
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  const where = `${event.sourceFile}:${event.lineNumber}`;
  window.__violations.push(`${event.effectiveDirective}: ${event.blockedURI} (${where})`);
});

window.__shift = 0; // cumulative layout shift so far
window.__shifted = []; // what moved, and whence
const told = ({ node, previousRect: from, currentRect: to }) => {
  const element = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement;
  return `${element?.cloneNode(false).outerHTML.slice(0, 120)} from ${from.x},${from.y} to ${to.x},${to.y}`;
};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    window.__shift += entry.value;
    window.__shifted.push(...entry.sources.map(told));
  }
}).observe({ type: "layout-shift", buffered: true });
