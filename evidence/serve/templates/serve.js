"use strict";
(() => {
  const root = document.documentElement;
  const tools = document.querySelector(".tools");
  tools.hidden = false;
  const stored = { get: () => { try { return localStorage.getItem("evidence-theme"); } catch { return null; } },
    set: (v) => { try { localStorage.setItem("evidence-theme", v); } catch { /* a page without storage */ } } };
  if (["light", "dark"].includes(stored.get())) root.dataset.theme = stored.get();
  tools.querySelector("[data-tool=theme]").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    stored.set(root.dataset.theme);
  });

  document.querySelectorAll("[data-drop]").forEach((box) => {
    const input = box.querySelector("input[type=file]");
    const hint = box.querySelector(".hint");
    hint.textContent = `${hint.textContent} ${box.dataset.drop}`;
    const over = (on) => (event) => { event.preventDefault(); box.classList.toggle("over", on); };
    box.addEventListener("dragenter", over(true));
    box.addEventListener("dragover", over(true));
    box.addEventListener("dragleave", over(false));
    box.addEventListener("drop", (event) => {
      over(false)(event);
      const files = new DataTransfer();
      const taken = [...event.dataTransfer.files];
      (input.multiple ? taken : taken.slice(0, 1)).forEach((file) => files.items.add(file));
      if (files.files.length) input.files = files.files;
    });
  });
  if (document.querySelector("[data-drop]")) {
    // a file that misses the box must not replace the page
    ["dragover", "drop"].forEach((name) => addEventListener(name, (event) => event.preventDefault()));
  }
  document.querySelectorAll("form[data-busy]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      const button = form.querySelector("button[type=submit]");
      if (button.getAttribute("aria-disabled")) { event.preventDefault(); return; }
      button.setAttribute("aria-disabled", "true");
      button.textContent = `${form.dataset.busy}…`;
    });
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  });
})();
