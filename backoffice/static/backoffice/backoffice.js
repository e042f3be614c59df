/* What every page shares. No inline handlers: elements say what they want through attributes.
 *
 *   <section hx-get="…" hx-trigger="every 5s [!document.hidden]" hx-swap="outerHTML">
 *       A live part, fetched by htmx (it comes with Unfold). Here it learns manners: an answer that
 *       changed nothing replaces nothing, a part somebody types in is left alone, a part whose server does
 *       not answer is dimmed until it does, and a session that ended reloads the whole page.
 *   <form data-once>
 *       A double click sends once.
 *   <input autofocus>
 *       Has the focus once the page is shown.
 *   <div data-settles="css selector">
 *       An answer fetched by htmx that says the form's part is right: errors told there before are taken back.
 *       (A single field's error goes as soon as the field is changed.)
 *   <input data-shown-when="name=value">
 *       Shown, with its label, only while that field of the same form has that value.
 *   <div data-address="…">
 *       What of the page's address meant nothing was left out: from now on it is this one, and forms go there.
 *   <a href="…" data-copied="word" [data-copies="css selector"]>
 *       Copies that element's text, or the address it leads to, and says so for two seconds; where nothing can
 *       be copied, the address opens.
 *   <button data-sign-in="name" data-password="…">
 *       On a local installation's login page: fills the form and sends it.
 */
(() => {
  "use strict";

  const lastAnswers = new Map(); // of live parts, by address

  const isLive = (element) => (element.getAttribute("hx-trigger") || "").startsWith("every");

  const beforeSwap = ({ detail, target }) => {
    const asked = detail.requestConfig.elt;
    if (!isLive(asked)) return;
    const { responseURL, responseText } = detail.xhr;
    const path = detail.pathInfo.requestPath;
    if (responseURL && !new URL(responseURL).pathname.startsWith(new URL(path, location).pathname)) {
      detail.shouldSwap = false;
      location.reload(); // it was led to the login page
      return;
    }
    const typing = target.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
    if (typing || lastAnswers.get(path) === responseText) detail.shouldSwap = false;
    else lastAnswers.set(path, responseText);
  };

  const setStale = (stale) => ({ detail }) => {
    const part = detail.requestConfig?.elt ?? detail.elt;
    if (part && isLive(part)) part.toggleAttribute("data-stale", stale);
  };

  const sleepAfterSubmit = (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  };

  const wakeForms = () => {
    document.querySelectorAll("form[data-once]").forEach((form) => {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  };

  const signIn = (event) => {
    const button = event.target.closest("button[data-sign-in]");
    const form = document.getElementById("login-form");
    if (!button || !form) return;
    form.elements.username.value = button.dataset.signIn;
    form.elements.password.value = button.dataset.password;
    form.requestSubmit();
  };

  const copy = async (event) => {
    const link = event.target.closest?.("a[data-copied]");
    if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const source = link.dataset.copies ? document.querySelector(link.dataset.copies) : null;
    if (link.dataset.copies && !source) return;
    event.preventDefault();
    const before = link.textContent;
    try {
      await navigator.clipboard.writeText(source ? source.innerText : link.href);
    } catch {
      location.assign(link.href);
      return;
    }
    link.textContent = link.dataset.copied;
    setTimeout(() => { link.textContent = before; }, 2000);
  };

  const takeBack = (group) => {
    group.classList.remove("errors");
    group.querySelectorAll("ul[id$='_error']").forEach((list) => list.remove());
    group.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
  };

  const takeBackOf = ({ target }) => {
    const group = target.closest?.(".errors.group");
    if (group) takeBack(group);
  };

  const settle = ({ target }) => {
    const settled = target.querySelector("[data-settles]")?.dataset.settles;
    if (!settled) return;
    document.querySelectorAll(settled).forEach((part) => {
      part.querySelectorAll(".errors.group").forEach(takeBack);
      part.querySelectorAll("[role=alert]").forEach((alert) => alert.remove());
    });
  };

  const showWhen = () => {
    document.querySelectorAll("[data-shown-when]").forEach((control) => {
      const [name, value] = control.dataset.shownWhen.split("=");
      const group = control.closest(".group");
      const decides = control.form?.elements[name];
      if (group && decides) group.style.display = decides.value === value ? "" : "none";
    });
  };

  const takeAddress = () => {
    const address = document.querySelector("[data-address]")?.dataset.address;
    if (address) history.replaceState(history.state, "", address);
  };

  // Times are those of the office; who lives by another clock is told its zone (projet/reader_zone.py).
  const tellZone = () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    if (zone) document.cookie = `reader_zone=${zone}; path=/; max-age=31536000; SameSite=Lax${secure}`;
  };

  // A strip of slots is one stop of the keyboard: the newest cell, and arrows lead to the others.
  const oneStopForStrips = () => {
    document.querySelectorAll(".bo-strip").forEach((strip) => {
      [...strip.children].slice(0, -1).forEach((cell) => cell.setAttribute("tabindex", "-1"));
    });
  };

  const alongStrip = (event) => {
    const steps = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" };
    const ends = { Home: "firstElementChild", End: "lastElementChild" };
    const cell = event.target.closest?.(".bo-strip > .bo-slot");
    const next = cell && (cell[steps[event.key]] || cell.parentElement[ends[event.key]]);
    if (!next) return;
    event.preventDefault();
    cell.setAttribute("tabindex", "-1");
    next.removeAttribute("tabindex");
    next.focus();
  };

  // Unfold hides the page until Alpine has started, and a browser gives a hidden field no focus.
  const focusFirst = () => {
    if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
  };

  // A searched select hides its field: what is seen of it gets the focus, once it is made.
  const focusSearched = () =>
    document.querySelector("select[autofocus]")?.nextElementSibling?.querySelector(".select2-selection")?.focus();

  // htmx would write a style sheet into the page, which the content security policy refuses; nothing here uses it.
  if (window.htmx) window.htmx.config.includeIndicatorStyles = false;

  document.addEventListener("alpine:initialized", () => requestAnimationFrame(focusFirst));
  window.addEventListener("load", () => setTimeout(focusSearched));
  document.addEventListener("htmx:beforeSwap", beforeSwap);
  document.addEventListener("htmx:sendError", setStale(true));
  document.addEventListener("htmx:responseError", setStale(true));
  document.addEventListener("htmx:afterOnLoad", setStale(false));
  document.addEventListener("htmx:afterSwap", settle);
  document.addEventListener("input", takeBackOf);
  document.addEventListener("change", takeBackOf);
  document.addEventListener("DOMContentLoaded", showWhen);
  document.addEventListener("DOMContentLoaded", takeAddress);
  document.addEventListener("DOMContentLoaded", tellZone);
  document.addEventListener("DOMContentLoaded", oneStopForStrips);
  document.addEventListener("keydown", alongStrip);
  document.addEventListener("change", showWhen);
  // A searched select tells jQuery alone.
  window.addEventListener("load", () => window.django?.jQuery?.(document).on("change", takeBackOf));
  document.addEventListener("click", signIn);
  document.addEventListener("click", copy);
  document.addEventListener("submit", sleepAfterSubmit);
  window.addEventListener("pageshow", wakeForms); // a page from the browser's memory may be sent again
})();
