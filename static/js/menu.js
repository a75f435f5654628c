// <details class="menu">: Escape closes and gives the focus back, a press or a Tab outside closes.

const open = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
});

function closeOthers(event) {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
}
document.addEventListener("pointerdown", closeOthers);
document.addEventListener("focusin", closeOthers);

// What a link in the menu brought stands below: the menu would cover it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const menu = event.detail.requestConfig.elt.closest("details.menu");
  if (menu) menu.open = false;
});
