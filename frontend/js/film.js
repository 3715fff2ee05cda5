/** Nothing is fetched from a film service before the reader asks: the link then becomes the player. */
export function startFilms() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-film]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const player = document.createElement("iframe");
    player.src = link.dataset.film;
    player.title = link.dataset.filmTitle;
    player.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
    player.referrerPolicy = "strict-origin-when-cross-origin";
    player.tabIndex = 0;
    link.closest("[data-film-stage]").replaceChildren(player);
    player.focus();
  });
}
