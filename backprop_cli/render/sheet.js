"use strict";
// Keeps what is typed in this browser, and saves it as the answer sheet that `backprop check` reads.
(() => {
  const page = document.querySelector("main[data-problem]");
  const bar = page.querySelector(".saving");
  const told = bar.querySelector("output");
  const fields = [...page.querySelectorAll("input[data-key]")];
  const place = `backprop ${page.dataset.problem} ${location.pathname}`;

  // A basic string of TOML; half of a pair of UTF-16 is no character there.
  const quoted = (text) => '"' + text.replace(/\p{Surrogate}/gu, "\ufffd").replace(/["\\]/g, "\\$&")
    .replace(/[\u0000-\u001f\u007f]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0")) + '"';
  const key = (name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name));

  const sheet = () => {
    const tables = new Map([["", [`problem = ${quoted(page.dataset.problem)}`]]]);
    for (const field of fields) {
      const table = field.dataset.table;
      if (!tables.has(table)) tables.set(table, ["", `[${key(table)}]`]);
      tables.get(table).push(`${key(field.dataset.key)} = ${quoted(field.value.trim())}`);
    }
    return [...tables.values()].flat().join("\n") + "\n";
  };

  const keep = () => {
    try {
      const typed = fields.filter((field) => field.value).map((field) => [field.name, field.value]);
      localStorage.setItem(place, JSON.stringify(Object.fromEntries(typed)));
    } catch { /* a browser that keeps nothing: saving works all the same */ }
  };
  const fill = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(place)) ?? {};
      for (const field of fields) field.value = Object.hasOwn(kept, field.name) ? kept[field.name] : "";
    } catch { /* as above */ }
  };

  const save = () => {
    const who = fields.find((field) => field.dataset.key === "student")?.value ?? "";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([sheet()], { type: "application/toml" }));
    link.download = (who.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || "answers") + ".toml";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    const answers = fields.filter((field) => field.dataset.answer !== undefined);
    const given = answers.filter((field) => field.value.trim()).length;
    told.textContent = told.dataset.saved.replace("{file}", link.download)
      .replace("{given}", given).replace("{all}", answers.length);
  };
  const clear = () => {
    if (!confirm(bar.dataset.clear)) return;
    for (const field of fields) field.value = "";
    keep();
    told.textContent = "";
  };

  fill();
  page.addEventListener("input", keep);
  bar.querySelector(".save").addEventListener("click", save);
  bar.querySelector(".clear").addEventListener("click", clear);
  bar.hidden = false;
})();
