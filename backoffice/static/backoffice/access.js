/* What Unfold's markup lacks for people who use a keyboard or a screen reader: done once here instead of in a
 * copy of each of its templates, and for what htmx and Alpine bring later too.
 *
 *   Icons are words ("chevron_right") in an icon font: hidden from the names of what they stand in.
 *   What is only clicked on (a div, a link without an address) becomes a button: Tab reaches it, Enter and
 *   Space press it. It must have words, a title or an aria-label of its own.
 *   What opens a menu or a panel says whether it is open.
 *   A field that is searched as one types is called by its label.
 *   What scrolls sideways and has nothing in it to step to is stepped to itself: arrows move it.
 *   The page's content is its main landmark; the skip link (templates/admin/base.html) leads there.
 *   A dialog takes the focus when it opens, and gives it back to what opened it. (Unfold keeps it inside; what it
 *   gives back to is whatever had the focus when its trap was set, on a slow machine the dialog itself.)
 */
(() => {
  "use strict";

  const ICONS = ".material-symbols-outlined:not([aria-hidden])";
  // Cells, titles and icons keep their own roles; a backdrop is closed by Escape.
  const CLICKED = "[x-on\\:click]:is(div, span, a:not([href])):not([role], .material-symbols-outlined, #changelist-filter-close)";
  const OPENS = /\b(\w*open\w*) = (?:!|true)/i; // the variable that the panel is shown by
  const FRAMES = 120; // two seconds, or more on a slow machine
  const PRESSED = "[role=button]";
  const LOOK_AGAIN = 100; // milliseconds

  let opener = null; // of the dialog that is open or on its way

  const mend = (root) => {
    root.querySelectorAll(ICONS).forEach((icon) => icon.setAttribute("aria-hidden", "true"));
    root.querySelectorAll(CLICKED).forEach((element) => {
      element.setAttribute("role", "button");
      element.tabIndex = 0;
    });
    root.querySelectorAll("[x-on\\:click]:is(button, [role=button])").forEach(tellWhetherOpen);
    root.querySelectorAll("select + .select2 .select2-selection").forEach(nameSearched);
  };

  const SCROLLED = ".overflow-auto, .overflow-x-auto";
  const STEPPED_TO = "a[href], button, input:not([type=hidden]), select, textarea, [tabindex]";

  const reachScrolled = () => {
    document.querySelectorAll(SCROLLED).forEach((box) => {
      const hidden = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (hidden && !box.querySelector(STEPPED_TO)) box.tabIndex = 0;
    });
  };

  // Select2 hides the field, and with it its label.
  const nameSearched = (selection) => {
    const name = selection.closest(".select2").previousElementSibling.labels?.[0]?.textContent.trim();
    if (!name) return;
    selection.setAttribute("aria-label", name);
    selection.querySelectorAll(".select2-selection__rendered, .select2-search__field").forEach((part) => part.setAttribute("aria-label", name));
  };

  const tellWhetherOpen = (opener) => {
    const shows = opener.getAttribute("x-on:click").match(OPENS)?.[1];
    if (shows && !opener.hasAttribute("x-bind:aria-expanded")) opener.setAttribute("x-bind:aria-expanded", shows);
  };

  const press = (event) => {
    const button = event.target;
    if (!button.matches?.(PRESSED) || button.matches("button")) return;
    const followed = button.matches("a[href]") && event.key === "Enter"; // the browser does it
    if (followed || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault(); // Space would scroll
    button.click();
  };

  // Alpine shows a dialog some frames after htmx has put it there, and what is hidden takes no focus.
  const focusOnceShown = (dialog, frames) => {
    if (dialog.contains(document.activeElement)) giveBack(dialog, opener);
    if (!frames || !dialog.isConnected || dialog.contains(document.activeElement)) return;
    // The first field, or the dialog itself: never the button that does it.
    (dialog.querySelector("input:not([type=hidden]), select, textarea") ?? dialog).focus();
    requestAnimationFrame(() => focusOnceShown(dialog, frames - 1));
  };

  const giveBack = (dialog, to) => {
    const timer = setInterval(() => {
      if (dialog.isConnected && dialog.checkVisibility()) return;
      clearInterval(timer);
      const lost = document.activeElement === document.body || !document.activeElement?.checkVisibility();
      if (lost && to?.isConnected) to.focus();
    }, LOOK_AGAIN);
  };

  const enter = () => {
    const dialog = document.querySelector("#modal-content [role=dialog]");
    if (!dialog) return;
    dialog.tabIndex = -1;
    focusOnceShown(dialog, FRAMES);
  };

  const start = () => {
    const content = document.getElementById("content");
    if (content && !content.closest("main")) {
      content.setAttribute("role", "main");
      content.tabIndex = -1;
    }
    mend(document);
    new MutationObserver((changes) => {
      if (changes.some((change) => change.addedNodes.length)) mend(document);
    }).observe(document.body, { childList: true, subtree: true });
    new ResizeObserver(reachScrolled).observe(document.body);
  };

  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("keydown", press);
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target?.id === "modal-content" && !detail.target.contains(detail.elt)) opener = detail.elt;
  });
  document.addEventListener("htmx:afterSettle", ({ target }) => target.closest?.("#modal-content") && enter());
})();
