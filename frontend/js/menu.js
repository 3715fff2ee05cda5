/** The menu is a <details>; here it also closes on Escape, on a click outside and when focus leaves it. */
export function startMenu() {
  const menu = document.querySelector("[data-menu]");
  if (!menu) return;
  const summary = menu.querySelector("summary");

  const close = () => {
    menu.open = false;
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    const hadFocus = menu.contains(document.activeElement);
    close();
    if (hadFocus) summary.focus();
  });
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) close();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close();
  });
}
