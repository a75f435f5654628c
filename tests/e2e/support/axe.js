// Runs axe over `part` (a selector; "" for the page) by the rules with `tags`; only violations come back.
async ([part, tags]) => {
  const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] };
  const found = await axe.run(part || document, options);
  const why = (node) => [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
  return found.violations.map(({ id, impact, help, nodes }) => ({
    id, impact, help,
    nodes: nodes.map((node) => ({ target: node.target.join(" "), html: node.html.slice(0, 300), why: why(node) })),
  }));
}
