// Runs axe over `part` (a selector; "" for the page) by the rules with `tags`; of contrast only for the inks in `fresh`
// (see inks.js). `whole`: all rules, else those of colour alone. Gives the violations, and the inks left undecided.
async ([part, tags, fresh, whole]) => {
  const CONTRAST = "color-contrast";
  const why = (node) => [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
  const tell = ({ id, impact, help, nodes }) => ({
    id, impact, help,
    nodes: nodes.map((node) => ({ target: node.target.join(" "), html: node.html.slice(0, 300), why: why(node) })),
  });
  const rules = whole
    ? { runOnly: { type: "tag", values: tags }, rules: { [CONTRAST]: { enabled: false } } }
    : { runOnly: { type: "rule", values: ["link-in-text-block"] } };
  const found = (await axe.run(part || document, { ...rules, resultTypes: ["violations"] })).violations;
  // A page that asks for news may have swapped some of them since: those are judged where they are met again.
  const gone = (element) => !element.isConnected;
  const elements = fresh.flatMap((ink) => window.__inks.get(ink)).filter((element) => !gone(element));
  const unsure = new Set();
  if (elements.length) {
    const runOnly = { type: "rule", values: [CONTRAST] };
    const seen = await axe.run(elements, { runOnly, resultTypes: ["violations", "incomplete"], elementRef: true });
    found.push(...seen.violations);
    for (const { nodes } of seen.incomplete) for (const node of nodes) unsure.add(node.element);
  }
  const undecided = fresh.filter((ink) => window.__inks.get(ink).some((element) => unsure.has(element) || gone(element)));
  return [found.map(tell), undecided];
}
