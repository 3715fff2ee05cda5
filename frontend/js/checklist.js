/** How many points are ticked, told in words. The ticks live in the open page only and are sent nowhere. */
export function startChecklists() {
  document.querySelectorAll("[data-checklist]").forEach((list) => {
    const status = list.querySelector("[data-checklist-status]");
    const boxes = [...list.querySelectorAll("input[type=checkbox]")];
    if (!status) return;
    list.addEventListener("change", () => {
      const ticked = boxes.filter((box) => box.checked).length;
      status.textContent = status.dataset.text.replace("%1", ticked).replace("%2", boxes.length);
    });
  });
}
