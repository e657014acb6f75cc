// -- what people decide: kept by the browser for this reconciliation, until `aislescan decide` takes it into the history
const CHOICES = ["confirm", "overturn", "recount"];
const key = `aislescan ${data.reconciliation || data.run}`, nameKey = "aislescan name";
let isKept = true;
const stored = (name, otherwise) => {
  try { return JSON.parse(window.localStorage.getItem(name)) ?? otherwise; } catch { isKept = false; return otherwise; }
};
const store = (name, value) => {
  try { window.localStorage.setItem(name, JSON.stringify(value)); } catch { isKept = false; }
};
const isDecision = (entry) => CHOICES.includes(entry?.decision) && typeof entry.at === "string";
const decided = new Map();
// The pages of a large site share what they keep, where the browser lets files share: another page may have decided in between.
const takeKept = () => {
  const kept = stored(key, {});
  if (!isKept) return;
  decided.clear();
  for (const [caseId, entry] of Object.entries(typeof kept === "object" ? kept : {})) if (isDecision(entry)) decided.set(caseId, entry);
  for (const finding of findings) {
    const mine = decided.get(finding.case_id);
    // what the history holds by now needs no handing in any more
    if (mine && (finding.decisions ?? []).some((d) => d.decided_at >= mine.at)) decided.delete(finding.case_id);
  }
};
takeKept();
const decisionOf = (finding) => decided.get(finding.case_id)?.decision ?? (finding.decisions?.[0]?.decision || "");
const nameField = byId("decider");
if (nameField) nameField.value = String(stored(nameKey, ""));
nameField?.addEventListener("input", () => { store(nameKey, nameField.value); nameField.removeAttribute("aria-invalid"); showDecided(); });

const own = () => findings.filter((finding) => decided.has(finding.case_id));
const ownCases = new Set(findings.map((finding) => finding.case_id));
// What other pages decided goes into the same file; without a reconciliation's name nobody knows whose case ids they are.
const elsewhere = () => (data.reconciliation ? [...decided.keys()].filter((caseId) => !ownCases.has(caseId)) : []);
const handedIn = () => [...own().map((finding) => finding.case_id), ...elsewhere()];
const markDecided = (finding) => {
  const mark = itemOf.get(`f${finding.index}`)?.querySelector(".decided");
  if (mark) mark.textContent = decisionOf(finding) && words(`decide.${decisionOf(finding)}.done`);
};
const showDecided = () => {
  const bar = byId("deciding");
  if (!bar) return;
  const cases = findings.filter((finding) => finding.case_id), n = handedIn().length, others = elsewhere().length;
  byId("n-decided").textContent = words("decide.progress", { n: cases.filter(decisionOf).length, total: cases.length });
  byId("decided-hint").textContent = n
    ? [counted("decide.pending", n), others ? counted("decide.elsewhere", others) : "", isKept ? "" : words("decide.not_kept")].filter(Boolean).join(" ")
    : words("decide.hint");
  byId("save-decisions").disabled = !n;
};
const keep = (finding, entry) => {
  takeKept();
  if (entry) decided.set(finding.case_id, entry); else decided.delete(finding.case_id);
  store(key, Object.fromEntries(decided));
  markDecided(finding);
  showDecided();
  if (byId("filter-decided")?.value) applyFilter();
};

const standing = (finding) => {
  const lines = [
    ...(finding.second_looks ?? []).map((look) => el("li", {}, el("b", { text: words(`outcome.${look.outcome}`, { run: look.run }) }), el("span", english({ text: ` ${look.reason}` })))),
    ...(finding.decisions ?? []).map((d) => el("li", {}, el("b", { text: words(`decide.${d.decision}.done`) }),
      el("span", { text: ` ${d.by}, ${timeText(d.decided_at)}${d.reason ? `: ${d.reason}` : ""}${d.is_in_force ? "" : ` (${words("decide.superseded")})`}` }))),
  ];
  return lines.length ? el("section", { class: "standing" }, el("h4", { text: words("decide.before") }), el("ul", {}, ...lines)) : null;
};
const decideBlock = (finding) => {
  const mine = () => decided.get(finding.case_id), name = `reason-${finding.index}`;
  const comment = el("input", { type: "text", id: name, maxlength: "500", placeholder: words("decide.comment"), "aria-label": words("decide.comment") });
  comment.value = mine()?.reason ?? "";
  const buttons = CHOICES.map((choice) => el("button", {
    type: "button", "data-decide": choice, "aria-pressed": String(mine()?.decision === choice), onclick: () => {
      keep(finding, mine()?.decision === choice ? null : { decision: choice, at: now(), by: nameField.value.trim(), reason: comment.value.trim() });
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.decide === mine()?.decision));
    },
  }, el("b", { text: words(`decide.${choice}.do`) }), el("small", { text: words(`decide.${choice}.means`) })));
  comment.addEventListener("input", () => { if (mine()) keep(finding, { ...mine(), at: now(), reason: comment.value.trim() }); });
  return el("div", { class: "decide", role: "group", "aria-label": words("decide.title") }, el("div", { class: "choices" }, ...buttons), comment);
};
const now = () => `${new Date().toISOString().slice(0, 19)}Z`;

// A cell that a spreadsheet might take for a formula begins with a blank, which `decide` takes off again.
const cell = (text) => {
  const line = String(text).replace(/[\r\n\t]+/g, " ").trim(), safe = /^[=+\-@]/.test(line) ? ` ${line}` : line;
  return /[",]/.test(safe) || safe !== line ? `"${safe.replaceAll('"', '""')}"` : safe;
};
byId("save-decisions")?.addEventListener("click", () => {
  const anybody = nameField.value.trim();
  if (handedIn().some((caseId) => !(decided.get(caseId).by || anybody))) {
    nameField.setAttribute("aria-invalid", "true");
    byId("decided-hint").textContent = words("decide.who");
    nameField.focus();
    return;
  }
  const table = handedIn().map((caseId) => {
    const { decision, by, at: when, reason } = decided.get(caseId);
    return [caseId, decision, by || anybody, when, reason ?? "", data.run, data.reconciliation];
  });
  const text = [["case_id", "decision", "by", "decided_at", "reason", "run", "reconciliation"], ...table].map((row) => row.map(cell).join(",")).join("\r\n");
  const address = URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv" }));
  el("a", { href: address, download: "decisions.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
  byId("decided-hint").textContent = words("decide.saved", { run: data.run });
});
const showKept = () => { for (const finding of findings) markDecided(finding); showDecided(); };
const takeAgain = () => { takeKept(); showKept(); };
window.addEventListener("storage", (event) => { if (event.key === key) takeAgain(); });
window.addEventListener("pageshow", (event) => { if (event.persisted) takeAgain(); });
showKept();
