/* What every page shares. No inline handlers: elements say what they want through data attributes.
 *
 *   <section data-live="/admin/jobs/42/live/" data-live-every="2">…</section>
 *       The part is fetched again every so many seconds and replaced when it changed. It rests while the
 *       tab is hidden, waits longer while the server does not answer (and says so), leaves a part alone
 *       in which somebody is typing, and stops for good when the answer carries "X-Live: stop".
 *   <form data-once>
 *       The buttons sleep after the first submit: a double click sends once.
 *   <button data-sign-in="name" data-password="…">
 *       On a local installation's login page: fills the form and sends it.
 */
(() => {
  "use strict";

  const LONGEST_WAIT = 60; // seconds between two tries while the server is away

  class LivePart {
    constructor(element) {
      this.element = element;
      this.every = Number(element.dataset.liveEvery || 3);
      this.wait = this.every;
      this.text = null;
      this.plan();
      document.addEventListener("visibilitychange", () => this.wake());
    }

    plan() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.refresh(), this.wait * 1000);
    }

    wake() {
      if (!document.hidden && !this.stopped) this.refresh();
    }

    async refresh() {
      clearTimeout(this.timer);
      if (document.hidden || this.stopped || !this.element.isConnected) return;
      try {
        const answer = await fetch(this.element.dataset.live, {
          headers: { "X-Requested-With": "XMLHttpRequest" },
          signal: AbortSignal.timeout(10000),
        });
        // Signed out meanwhile, or no longer allowed: the whole page says what to do.
        if (answer.redirected || answer.status === 403) return window.location.reload();
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
        this.show(await answer.text());
        this.wait = this.every;
        this.element.removeAttribute("data-live-stale");
        this.stopped = answer.headers.get("X-Live") === "stop";
      } catch {
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
        this.element.setAttribute("data-live-stale", "");
      }
      if (!this.stopped) this.plan();
    }

    show(text) {
      if (text === this.text || this.busy()) return;
      const first = this.text === null;
      this.text = text;
      const fresh = document.createElement("template");
      fresh.innerHTML = text;
      if (first && fresh.innerHTML.trim() === this.element.innerHTML.trim()) return;
      const focused = this.element.contains(document.activeElement) ? document.activeElement.id : "";
      const open = [...this.element.querySelectorAll("details[open][id]")].map((one) => one.id);
      this.element.replaceChildren(fresh.content);
      open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
      if (focused) document.getElementById(focused)?.focus();
    }

    busy() {
      const active = document.activeElement;
      return this.element.contains(active) && active.matches("input, select, textarea");
    }
  }

  const sleepAfterSubmit = (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  };

  const signIn = (event) => {
    const button = event.target.closest("button[data-sign-in]");
    const form = document.getElementById("login-form");
    if (!button || !form) return;
    form.elements.username.value = button.dataset.signIn;
    form.elements.password.value = button.dataset.password;
    form.requestSubmit();
  };

  document.addEventListener("click", signIn);
  document.addEventListener("submit", sleepAfterSubmit);
  // A page that comes back from the browser's memory may be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-once]").forEach((form) => {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-live]").forEach((element) => new LivePart(element));
  });
})();
