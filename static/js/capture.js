// "Add to feedback" in a post's menu opens a drawer beside the thread, with the passage that is selected in the post.
// Without scripts the link opens a page.

const LIMIT = 1000; // characters of a quotation
let kept = { post: null, text: "" }; // what was selected when the menu was reached for: pressing may end a selection

function passage(post) {
  const selection = getSelection();
  const body = post?.querySelector(".post-body");
  if (selection.isCollapsed || !body?.contains(selection.anchorNode) || !body.contains(selection.focusNode)) return "";
  return selection.toString().trim().slice(0, LIMIT);
}

document.addEventListener("pointerdown", (event) => {
  const post = event.target.closest(".post");
  const text = passage(post);
  if (text) kept = { post, text };
  else if (!event.target.closest(".menu")) kept = { post: null, text: "" };
}, true);

document.addEventListener("htmx:configRequest", (event) => {
  const link = event.target.closest("a[data-capture]");
  if (!link) return;
  const post = link.closest(".post");
  const text = passage(post) || (kept.post === post ? kept.text : "");
  if (text) event.detail.parameters.quote = text;
  link.closest("details").open = false;
});

document.addEventListener("htmx:afterSwap", (event) => {
  const drawer = document.getElementById("drawer");
  if (drawer && !drawer.open && event.detail.requestConfig.elt.matches("a[data-capture]")) drawer.showModal();
});

// A press beside the drawer closes it, as Escape does.
document.getElementById("drawer")?.addEventListener("click", (event) => {
  if (event.target === event.currentTarget) event.currentTarget.close();
});
