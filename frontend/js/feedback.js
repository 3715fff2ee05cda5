/**
 * "Was this useful?": the answer's link opens the form of its own page in place. No cookie is set, because
 * the form's page sets none; without a script the links lead to that page.
 */
export function startFeedback() {
  document.querySelectorAll("[data-feedback]").forEach((box) => {
    box.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-feedback-answer]");
      if (!link || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      load(box, link.href);
    });
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      send(box, event.target, event.submitter);
    });
  });
}

async function load(box, url) {
  box.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(url, { credentials: "same-origin" });
    if (!response.ok || !place(box, await response.text())) throw new Error("no form");
  } catch {
    window.location.assign(url);
  } finally {
    box.removeAttribute("aria-busy");
  }
}

async function send(box, form, submitter) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    // Not form.action: a field named "action" would stand in its place.
    const response = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: new FormData(form, submitter),
      credentials: "same-origin",
    });
    if (!place(box, await response.text())) throw new Error("no answer");
  } catch {
    form.submit();
  }
}

/** Puts the part of a feedback page that is marked for it into the box; false when there is none. */
function place(box, html) {
  const part = new DOMParser().parseFromString(html, "text/html").querySelector("[data-feedback-part]");
  if (!part) return false;
  box.querySelector("[data-feedback-place]").replaceChildren(part);
  part.querySelectorAll("h1").forEach(lower);
  // A screen reader says what gets the focus: what went wrong, the thanks, or the first question.
  const first = part.querySelector("ds-error-summary, h2, legend") ?? part;
  first.tabIndex = -1;
  first.focus();
  return true;
}

/** The main heading of the answer's own page stands here below the one of the page around it. */
function lower(heading) {
  const lowered = document.createElement("h2");
  lowered.className = heading.className;
  lowered.dataset.size = heading.dataset.size;
  lowered.append(...heading.childNodes);
  heading.replaceWith(lowered);
}
