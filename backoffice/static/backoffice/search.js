/* <input data-suggestions="address">: a search box that suggests what may be typed next (ARIA's combobox with a
 * listbox). Without this file, or without an answer, it is a plain box. The list is the element that follows
 * its form's box: #bo-suggestions.
 *
 * Arrow keys go through the list, Enter takes what is marked and searches where nothing is, Escape closes.
 */
(() => {
  "use strict";

  const PATIENCE = 150; // milliseconds without a key

  const combine = (box) => {
    const list = document.getElementById("bo-suggestions");
    if (!list) return;
    let marked = -1, timer = 0, asked = 0;

    const options = () => [...list.children];

    const mark = (number) => {
      marked = number;
      options().forEach((option, at) => option.setAttribute("aria-selected", String(at === marked)));
      const option = options()[marked];
      if (option) {
        box.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else box.removeAttribute("aria-activedescendant");
    };

    const close = () => {
      asked += 1; // an answer on its way comes too late
      clearTimeout(timer);
      list.hidden = true;
      box.setAttribute("aria-expanded", "false");
      mark(-1);
    };

    const show = (suggestions) => {
      list.replaceChildren(...suggestions.map(({ text, shown, label }, at) => {
        const option = document.createElement("li");
        option.id = `bo-suggestion-${at}`;
        option.setAttribute("role", "option");
        option.dataset.text = text;
        const code = document.createElement("code");
        code.textContent = shown;
        const words = document.createElement("span");
        words.textContent = label;
        option.append(code, " ", words);
        return option;
      }));
      list.hidden = suggestions.length === 0;
      box.setAttribute("aria-expanded", String(!list.hidden));
      mark(-1);
    };

    const ask = async () => {
      const number = (asked += 1);
      const caret = box.selectionStart ?? box.value.length;
      const address = `${box.dataset.suggestions}?${new URLSearchParams({ q: box.value.slice(0, caret) })}`;
      try {
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        const found = answer.ok ? (await answer.json()).suggestions : [];
        if (number === asked && document.activeElement === box) show(found);
      } catch {
        close();
      }
    };

    const askSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PATIENCE);
    };

    const take = (option) => {
      const rest = box.value.slice(box.selectionStart ?? box.value.length);
      const text = option.dataset.text;
      const blank = text.endsWith(":") || text.endsWith(".") || /^\s/.test(rest) ? "" : " ";
      box.value = text + blank + rest;
      box.setSelectionRange(text.length + blank.length, text.length + blank.length);
      box.focus();
      close();
      askSoon();
    };

    const step = (by) => {
      if (list.hidden) return void ask();
      const count = options().length;
      mark(marked === -1 && by < 0 ? count - 1 : (marked + by + count) % count);
    };

    const onKey = (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        step(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && !list.hidden && marked !== -1) {
        event.preventDefault();
        take(options()[marked]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      }
    };

    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", list.id);
    box.setAttribute("aria-expanded", "false");
    box.addEventListener("input", askSoon);
    box.addEventListener("keydown", onKey);
    box.addEventListener("blur", close);
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the box keeps the focus
      const option = event.target.closest("[role=option]");
      if (option) take(option);
    });
  };

  document.addEventListener("DOMContentLoaded", () =>
    document.querySelectorAll("input[data-suggestions]").forEach(combine));
})();
