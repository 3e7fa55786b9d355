const data = JSON.parse(document.getElementById("data").textContent);
const now = data.runs[data.runs.length - 1], before = data.runs.length > 1 ? data.runs[0] : null;
const old = new Map(before ? before.records.map((r) => [r.id, r]) : []);
const SIGNS = { supported: "✓", partial: "◐", unverified: "○", contradicted: "✗", uncited: "⚠" };
const make = (tag, cls, text) => {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  if (text !== undefined) node.textContent = text;
  return node;
};
const quality = (r) => {
  const all = ["facts", "citation F1", "refusal correct", "nDCG@10"].map((m) => r.scores[m]).filter((v) => v != null);
  return all.reduce((a, b) => a + b, 0) / (all.length || 1);
};
const moved = (r) => {
  const was = old.get(r.id);
  if (!was) return "";
  const change = quality(r) - quality(was);
  return Math.abs(change) < 1e-9 ? "" : change > 0 ? "up" : "down";
};
const ranks = (r) => {
  const list = make("ol"), relevant = new Set(r.relevant);
  const rank = new Map((old.get(r.id)?.retrieved || []).map(([key], n) => [key, n + 1]));
  r.retrieved.slice(0, 10).forEach(([key, score], n) => {
    const item = make("li", relevant.has(key) ? "relevant" : "", r.titles[key] || key);
    const was = before && old.has(r.id) ? (rank.has(key) ? (rank.get(key) === n + 1 ? "" : ` was ${rank.get(key)}`) : " new") : "";
    item.append(make("small", "", ` ${score.toFixed(3)}${was}`));
    list.append(item);
  });
  return list;
};
const side = (name, r) => {
  const box = make("div");
  box.append(make("h3", "", name));
  if (r.error) { box.append(make("p", "warn", r.error)); return box; }
  if (r.answer.text !== undefined) {
    const text = make("p");
    if (r.answer.sentences.length) {
      for (const s of r.answer.sentences) {
        const said = s.support === "quoted" ? `“${s.text}”` : s.text;
        text.append(make("span", `sentence ${s.support}`, `${said} ${s.citations.map((n) => `[${n}]`).join("")}`), " ");
        const sign = SIGNS[s.support];
        if (sign) text.append(make("span", `sign ${s.support}`, `${sign} ${s.support}`), " ");
        if (s.why) text.append(make("span", "why", `(${s.why}) `));
      }
    } else text.textContent = r.answer.text;
    box.append(text);
    for (const c of r.answer.citations) {
      const p = make("p", "quote", `[${c.number}] ${r.titles[c.paper] || c.paper}: `);
      for (const q of c.quotes) p.append(make("mark", "", q.text), q.verbatim ? " " : " (not verbatim) ");
      box.append(p);
    }
    box.append(make("p", "why", `${r.answer.status}${r.answer.reason ? `, ${r.answer.reason}` : ""}; confidence ${r.answer.confidence}; ${r.answer.seconds} s; ${r.answer.tokens_in}+${r.answer.tokens_out} tokens${r.answer.cost ? `; $${r.answer.cost}` : ""}`));
  }
  const scores = Object.entries(r.scores).map(([m, v]) => `${m} ${v == null ? "undetermined" : Number(v).toFixed(2)}`);
  box.append(make("p", "why", scores.join(" · ")));
  for (const [name, said] of Object.entries(r.verdicts || {})) box.append(make("p", "why", `${name}: ${JSON.stringify(said)}`));
  box.append(ranks(r));
  return box;
};
const card = (r) => {
  const box = make("details", moved(r) ? `moved-${moved(r)}` : "");
  const head = make("summary", "", r.question);
  head.append(make("span", "outcome", `${r.kind} · ${r.outcome || (r.error ? "failed" : "")}`));
  box.append(head);
  box.addEventListener("toggle", () => {
    if (box.open && box.children.length === 1) {
      const sides = make("div", "sides");
      if (old.has(r.id)) sides.append(side(before.name, old.get(r.id)));
      sides.append(side(now.name, r));
      box.append(sides);
    }
  });
  return box;
};
const field = (id) => document.getElementById(id);
for (const [id, key] of [["kind", "kind"], ["outcome", "outcome"]]) {
  for (const value of new Set(now.records.map((r) => r[key]).filter(Boolean))) field(id).append(new Option(value, value));
}
if (!before) field("moved").parentElement.remove();
const show = () => {
  const words = field("words").value.toLowerCase(), kind = field("kind").value, outcome = field("outcome").value, way = field("moved")?.value;
  const found = now.records.filter((r) => (!words || `${r.id} ${r.question} ${r.answer.text || ""}`.toLowerCase().includes(words)) && (!kind || r.kind === kind) && (!outcome || r.outcome === outcome) && (!way || moved(r) === way));
  field("count").textContent = `${found.length} of ${now.records.length}`;
  field("questions").replaceChildren(...found.slice(0, 500).map(card));
};
for (const id of ["words", "kind", "outcome", "moved"]) field(id)?.addEventListener("input", show);
show();
