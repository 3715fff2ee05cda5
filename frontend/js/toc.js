/** Contents that follow the reader: the link of the section in view carries aria-current. */
export function startContents() {
  document.querySelectorAll("[data-toc]").forEach(followReader);
  unfoldWhereThereIsRoom();
}

/** Beside the text, contents and filters stand open; above it, on a phone, they are folded. */
function unfoldWhereThereIsRoom() {
  const wide = window.matchMedia("(min-width: 64rem)");
  const folds = document.querySelectorAll("[data-toc] > details, details[data-fold]");
  const follow = () => folds.forEach((fold) => {
    fold.open = wide.matches;
  });
  follow();
  wide.addEventListener("change", follow);
}

function followReader(nav) {
  const links = new Map();
  nav.querySelectorAll('a[href^="#"]').forEach((link) => {
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (section) links.set(section, link);
  });
  if (!links.size) return;
  const sections = [...links.keys()];

  const mark = () => {
    const line = window.innerHeight * 0.3;
    const atEnd = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 4;
    const passed = sections.filter((section) => section.getBoundingClientRect().top <= line);
    const current = atEnd ? sections.at(-1) : passed.at(-1);
    links.forEach((link, section) => {
      if (section === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  };
  window.addEventListener("scroll", soon, { passive: true });
  window.addEventListener("resize", soon);
  mark();
}
