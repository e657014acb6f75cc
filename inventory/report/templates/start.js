// -- filter and search
const rows = items.map((item) => {
  const row = item.parentElement, finding = item.dataset.finding ? findings[item.dataset.finding] : null;
  return {
    row, finding, verdict: row.dataset.verdict, words: row.dataset.words, codes: item.dataset.places.split("|"),
    aisles: finding ? finding.aisles ?? [] : [places[item.dataset.place].aisle], severity: finding?.severity ?? "", items: finding?.item ? finding.item.split(", ") : [],
  };
});
let verdict = "", hits = null;
// Only racks in view show the filter at once, the others when they come into view: else a large site would answer slowly.
const inView = new Set(), outlines = new Map();
const outlineOf = (face) => {
  if (!outlines.has(face)) {
    const { width, height } = face.querySelector(".elevation").viewBox.baseVal;
    const own = [...face.querySelectorAll(".bin")].map((bin) => {
      const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => bin.querySelector(".opening").getAttribute(name));
      return { bin, code: bin.dataset.code, hole: `M${x} ${y}h${w}v${h}h-${w}z` };
    });
    outlines.set(face, { own, whole: `M0 0H${width}V${height}H0z`, veil: face.querySelector(".veil"), marked: [] });
  }
  return outlines.get(face);
};
const dress = (face) => {
  const outline = outlineOf(face), marked = hits ? outline.own.filter(({ code }) => hits.has(code)) : [];
  for (const { bin } of outline.marked) bin.classList.remove("hit");
  for (const { bin } of marked) bin.classList.add("hit");
  outline.marked = marked;
  outline.veil.setAttribute("d", hits ? outline.whole + marked.map(({ hole }) => hole).join("") : "");
};
const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) { inView.add(target); dress(target); } else inView.delete(target);
  }
}, { rootMargin: "300px" });
for (const face of document.querySelectorAll(".face")) watch.observe(face);
window.addEventListener("beforeprint", () => { for (const face of document.querySelectorAll(".face")) dress(face); });
const search = byId("search"), selects = ["aisle", "item", "severity", "decided"].map((name) => [name, byId(`filter-${name}`)]).filter(([, select]) => select);
const fits = {
  aisle: (row, wanted) => row.aisles.includes(wanted),
  item: (row, wanted) => row.items.includes(wanted),
  severity: (row, wanted) => row.severity === wanted,
  decided: (row, wanted) => Boolean(row.finding?.case_id) && (decisionOf(row.finding) ? "yes" : "no") === wanted,
};
const applyFilter = () => {
  const wanted = search.value.trim().toLowerCase(), chosenOnes = selects.filter(([, select]) => select.value);
  const isFiltered = Boolean(verdict || wanted || chosenOnes.length), now = new Set();
  let n = 0;
  for (const row of rows) {
    const isOut = (verdict && row.verdict !== verdict) || (wanted && !row.words.includes(wanted)) || chosenOnes.some(([name, select]) => !fits[name](row, select.value));
    if (row.row.hidden !== Boolean(isOut)) row.row.hidden = Boolean(isOut);
    if (!isOut) { n += 1; for (const code of row.codes) now.add(code); }
  }
  if (wanted) for (const code of bins.keys()) if (code.toLowerCase().includes(wanted)) now.add(code);
  hits = isFiltered ? now : null;
  for (const face of inView) dress(face);
  byId("no-hit").hidden = n > 0;
  byId("n-shown").textContent = isFiltered ? counted("list.shown", n) : "";
};
for (const chip of document.querySelectorAll(".chip")) {
  chip.addEventListener("click", () => {
    verdict = chip.dataset.filter;
    for (const other of document.querySelectorAll(".chip")) other.setAttribute("aria-pressed", String(other === chip));
    applyFilter();
  });
}
search?.addEventListener("input", applyFilter);
for (const [, select] of selects) select.addEventListener("change", applyFilter);

// -- report.html#A01-02-3-2 opens that location
const openFromAddress = () => {
  let code = window.location.hash.slice(1);
  try { code = decodeURIComponent(code); } catch { /* no address of ours */ }
  if (Object.hasOwn(places, code)) openPlace(code);
};
window.addEventListener("hashchange", openFromAddress);
openFromAddress();

// -- paper
byId("print-recount")?.addEventListener("click", () => {
  document.body.classList.add("only-recount");
  window.print();
});
window.addEventListener("afterprint", () => document.body.classList.remove("only-recount"));
