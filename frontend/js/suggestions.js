/**
 * Suggestions while typing, after the combobox pattern of the ARIA Authoring Practices: the field keeps
 * focus, arrow keys choose, Enter opens, Escape closes. The form itself is a plain GET to the search page.
 */
const DELAY = 180;
const SHORTEST = 2;
let counter = 0;

export function startSuggestions() {
  document.querySelectorAll("form[data-suggest]").forEach((form) => new Suggestions(form));
}

class Suggestions {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=search]");
    this.status = form.querySelector("[data-suggest-status]");
    this.active = -1;
    this.items = [];
    this.list = document.createElement("ul");
    this.list.className = "tp-search__list";
    this.list.id = `suggestions-${(counter += 1)}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", form.dataset.suggestLabel);
    this.list.hidden = true;
    form.append(this.list);
    this.describeInput();
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.click(event));
  }

  describeInput() {
    const attributes = {
      role: "combobox",
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    };
    Object.entries(attributes).forEach(([name, value]) => this.input.setAttribute(name, value));
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(), DELAY);
  }

  async fetch() {
    const query = this.input.value.trim();
    if (query.length < SHORTEST) return this.close();
    this.controller?.abort();
    this.controller = new AbortController();
    try {
      const url = `${this.form.dataset.suggest}?q=${encodeURIComponent(query)}`;
      const response = await fetch(url, { signal: this.controller.signal, credentials: "same-origin" });
      if (!response.ok) return this.close();
      const data = await response.json();
      this.show(data.suggestions ?? []);
    } catch {
      // The search itself still works; a failed suggestion is not worth a message.
      this.close();
    }
  }

  show(suggestions) {
    this.items = suggestions;
    this.active = -1;
    this.list.replaceChildren(...suggestions.map((item, index) => this.option(item, index)));
    const open = suggestions.length > 0;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.input.removeAttribute("aria-activedescendant");
    if (this.status) {
      this.status.textContent = open ? this.form.dataset.suggestCount.replace("%d", suggestions.length) : "";
    }
  }

  option(item, index) {
    const option = document.createElement("li");
    option.className = "tp-search__option";
    option.id = `${this.list.id}-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const title = document.createElement("span");
    title.textContent = item.title;
    option.append(title);
    if (item.type) {
      const type = document.createElement("small");
      type.textContent = item.type;
      option.append(type);
    }
    return option;
  }

  key(event) {
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      return this.close();
    }
    if (this.list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const count = this.items.length + 1;
      this.choose(((this.active + 1 + step + count) % count) - 1);
    }
    if (event.key === "Enter" && this.active >= 0) {
      event.preventDefault();
      this.open(this.active);
    }
  }

  /** Marks one option; -1 is the field itself. */
  choose(index) {
    this.active = index;
    [...this.list.children].forEach((option, position) => {
      option.setAttribute("aria-selected", String(position === index));
    });
    if (index >= 0) {
      this.input.setAttribute("aria-activedescendant", `${this.list.id}-${index}`);
      this.list.children[index].scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  click(event) {
    const option = event.target.closest("[role=option]");
    if (option) this.open([...this.list.children].indexOf(option));
  }

  open(index) {
    const { url, title } = this.items[index];
    if (url) {
      window.location.assign(url);
    } else {
      this.input.value = title;
      this.form.requestSubmit();
    }
  }

  close() {
    this.items = [];
    this.active = -1;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
