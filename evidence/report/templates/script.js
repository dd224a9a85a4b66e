"use strict";
(() => {
  const root = document.documentElement;
  const make = (name, text) => Object.assign(document.createElement(name), { textContent: text || "" });

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
  const all = document.querySelectorAll("details");
  const opener = tools.querySelector("[data-tool=details]");
  if (!all.length) opener.hidden = true;
  opener.addEventListener("click", () => {
    const open = ![...all].every((d) => d.open);
    all.forEach((d) => { d.open = open; });
    opener.textContent = open ? opener.dataset.close : opener.dataset.open;
  });
  const reveal = () => {
    let at = null;
    try { at = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!at) return;
    const inner = at.querySelector(":scope > details.fold");
    if (inner) inner.open = true;
    for (let up = at; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    at.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
  let shut = [];
  addEventListener("beforeprint", () => { shut = [...all].filter((d) => !d.open); shut.forEach((d) => { d.open = true; }); });
  addEventListener("afterprint", () => { shut.forEach((d) => { d.open = false; }); });

  const key = (cell) => {
    const given = cell.dataset.sort;
    if (given === undefined) return cell.textContent.trim();
    return given !== "" && isFinite(given) ? Number(given) : given;
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a.localeCompare(b, root.lang, { numeric: true });
  };
  document.querySelectorAll(".table table").forEach((table) => {
    const body = table.tBodies[0];
    if (body.rows.length < 3) return;
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, i) => {
      const label = head.textContent;
      const button = make("button", label);
      button.type = "button";
      button.title = table.dataset.sortWord.replace("{column}", label);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const first = head.classList.contains("cell-number") ? "descending" : "ascending";
        const was = head.getAttribute("aria-sort");
        const way = !was ? first : was === "ascending" ? "descending" : "ascending";
        heads.forEach((h) => h.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", way);
        const sign = way === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [key(row.cells[i]), row]);
        rows.sort((a, b) => (a[0] === "–" ? 1 : b[0] === "–" ? -1 : sign * compare(a[0], b[0])));
        body.append(...rows.map((r) => r[1]));
      });
    });
  });
  document.querySelectorAll(".table[data-filter]").forEach((box) => {
    const table = box.querySelector("table");
    const rows = [...table.tBodies[0].rows];
    const bar = make("div");
    bar.className = "filter";
    const field = (text, input) => { const label = make("label"); label.append(make("span", text), input); bar.append(label); return input; };
    const search = field(box.dataset.filter, make("input"));
    search.type = "search";
    const choices = [];
    [...table.tHead.rows[0].cells].forEach((head, i) => {
      if (!head.classList.contains("cell-badge")) return;
      const said = (row) => (row.cells[i].querySelector(".badge")?.lastChild?.textContent ?? row.cells[i].textContent).trim();
      const options = [...new Set(rows.map(said))].sort((a, b) => a.localeCompare(b, root.lang));
      const select = field(head.textContent.trim(), make("select"));
      select.append(new Option(box.dataset.all, ""), ...options.map((o) => new Option(o, "=" + o)));
      choices.push([select, said]);
    });
    const count = make("output");
    count.setAttribute("aria-live", "polite");
    bar.append(count);
    const apply = () => {
      const wanted = search.value.toLocaleLowerCase(root.lang).split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row) => {
        const text = row.textContent.toLocaleLowerCase(root.lang);
        const fits = wanted.every((w) => text.includes(w)) && choices.every(([s, said]) => !s.value || s.value.slice(1) === said(row));
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      count.textContent = box.dataset.shown.replace("{shown}", shown).replace("{all}", rows.length);
    };
    bar.addEventListener("input", apply);
    box.prepend(bar);
    apply();
  });
})();
