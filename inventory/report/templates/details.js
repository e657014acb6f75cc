// -- pictures
const zoom = byId("zoom"), zoomRoom = zoom.querySelector(".zoom-room"), zoomPicture = byId("zoom-picture"), scales = [1, 1.6, 2.5, 4];
let scale = 0;
const zoomBy = (by) => {
  scale = Math.min(Math.max(scale + by, 0), scales.length - 1);
  zoomRoom.dataset.scale = String(scale);
  byId("zoom-in").disabled = scale === scales.length - 1;
  byId("zoom-out").disabled = scale === 0;
};
const openZoom = (uri, title) => {
  zoomPicture.src = uri;
  zoomPicture.alt = title;
  byId("zoom-title").textContent = title;
  scale = 0;
  zoomBy(0);
  zoom.showModal();
  zoomRoom.focus();
};
zoomPicture.addEventListener("click", () => zoomBy(scale ? -scale : 2));
byId("zoom-in").addEventListener("click", () => zoomBy(1));
byId("zoom-out").addEventListener("click", () => zoomBy(-1));
byId("zoom-close").addEventListener("click", () => zoom.close());
zoom.addEventListener("click", (event) => { if (event.target === zoom) zoom.close(); });
zoom.addEventListener("keydown", (event) => {
  if (event.key === "+" || event.key === "=") zoomBy(1);
  if (event.key === "-") zoomBy(-1);
});

const takenAt = (path) => {
  const photo = pictures.photos[path];
  if (!photo) return "";
  const where = photo.aisle ? words("picture.place", { aisle: photo.aisle, along: metres(photo.along_m), height: metres(photo.height_m) }) : "";
  return [secondText(photo.at), where, words("picture.photo", { frame: photo.frame })].filter(Boolean).join(" · ");
};
const shot = (path, kind, code) => {
  const uri = pictures.uris[path];
  if (!uri) {
    const problem = pictures.problems[path] ?? "left_out", note = el("p", { class: "note", text: words(`picture.${problem}`, { file: path }) });
    if (problem === "left_out") {
      note.append(" ", el("a", { href: data.to_root + path.split("/").map(encodeURIComponent).join("/"), target: "_blank", text: words("picture.open") }));
    }
    return note;
  }
  const title = words(`picture.alt_${kind}`, { location: code });
  return el("figure", {},
    el("button", { type: "button", title: words("picture.zoom"), onclick: () => openZoom(uri, [title, takenAt(path)].filter(Boolean).join(" · ")) }, el("img", { src: uri, alt: title })),
    el("figcaption", {}, el("b", { text: words(`picture.${kind}`) }), el("span", { text: takenAt(path) })));
};
const shots = (place) => {
  if (!place.status) return null;
  const all = [...(place.labels ?? []).map((path) => shot(path, "label", place.code)), ...(place.pictures ?? []).map((path) => shot(path, "bin", place.code))];
  return el("div", { class: "shots" }, ...(all.length ? all : [el("p", { class: "note", text: words("picture.none") })]));
};

// -- what the panel says
const english = (properties) => (lang === "en" ? properties : { ...properties, lang: "en" });
const pair = (key, value) => (value ? [el("dt", { text: words(key) }), el("dd", { class: "id", text: value })] : []);
const absent = (key, textKey) => [el("dt", { text: words(key) }), el("dd", { class: "absent", text: words(textKey) })];
const side = (titleKey, rows) => el("div", {}, el("h4", { text: words(titleKey) }), el("dl", {}, ...rows));
const compare = (erp, drone) => el("div", { class: "compare", role: "group", "aria-label": words("detail.compare") }, side("detail.erp", erp), side("detail.drone", drone));
const verdictLine = (shown, cause, severity) => el("p", { class: "verdict-line" }, el("span", { class: "badge" }, icon(shown)),
  el("span", { text: [words(`verdict.${shown}.name`), words(`cause.${cause}`)].filter(Boolean).join(", ") }),
  severity ? el("span", { class: "severity", text: words(`severity.${severity}`) }) : null);
// The files of the reconciliation speak English; in another language the page says the same in words of its own, where it has what they need.
const ownWords = (kind, finding) => {
  const said = words(`${kind}.${finding?.cause}`, {
    pallet: finding?.pallet || "{}", other: finding?.other_pallet || "{}", expected: finding?.expected_location || "{}",
    observed: finding?.observed_location || "{}", other_observed: finding?.other_observed_location || "{}",
  });
  return said.includes("{}") ? "" : said;
};
const action = (shown, given, finding) => el("div", { class: "action" }, el("h4", { text: words("detail.action") }),
  el("p", { text: (lang === "en" ? given : isClaim(shown) && ownWords("todo_case", finding)) || words(`verdict.${shown}.action`) }));
const isClaim = (shown) => !["stale", "low_confidence", "unverified"].includes(shown);
const meaning = (shown, reason, finding) => (lang === "en" && reason ? null : el("p", { text: (isClaim(shown) && ownWords("why", finding)) || words(`verdict.${shown}.means`) }));
const why = (reason, given) => {
  const note = [reason, lang === "en" ? "" : given].filter(Boolean).join(" — ");
  if (!note) return null;
  const said = el("p", english({ class: "reason", text: note }));
  return lang === "en" ? el("div", {}, el("h4", { text: words("detail.why") }), said) : el("details", {}, el("summary", { text: words("detail.note_original") }), said);
};
const seen = (place) => place.observed?.join(", ") || words(`status.${place.status}`) || words("verdict.not_in_count.name");

const facts = (place) => el("dl", { class: "facts" },
  ...[["detail.time", place.seen_at && timeText(place.seen_at)],
    ["detail.confidence", place.confidence !== undefined && percent(place.confidence)],
    ["detail.photos", place.n_frames],
    ["detail.runner_up", place.runner_up && [place.runner_up, place.margin_m && `(${words("detail.margin", { m: metres(place.margin_m) })})`].filter(Boolean).join(" ")],
    ["detail.kind", place.kind && words(`kind.${place.kind}`)]]
    .filter(([, value]) => value).map(([key, value]) => el("div", {}, ...pair(key, value))));

const toMap = (code) => !bins.has(code) ? null : el("button", { type: "button", class: "to-map", text: words("detail.show_on_map"), onclick: () => { close(false); reveal(code); } });
const placeBlock = (place) => el("section", { class: "place" },
  el("div", { class: "place-head" }, el("h4", { class: "id", text: place.code }), toMap(place.code)),
  el("p", { class: "aside id", text: `${words("detail.erp")}: ${place.expected?.join(", ") || words("detail.nothing")}` }),
  el("p", { class: "aside id", text: `${words("detail.drone")}: ${seen(place)}` }),
  shots(place), facts(place));

const at = (pallet, location) => [pallet, location].filter(Boolean).join(" → ");
const findingBlock = (finding, first) => {
  const order = [...(finding.places ?? [])].sort((a, b) => (b === first) - (a === first));
  const shownHere = new Set(order.flatMap((code) => [...(places[code].pictures ?? []), ...(places[code].labels ?? [])]));
  const further = (finding.pictures ?? []).filter((path) => !shownHere.has(path));
  const isKnown = finding.expected_location || finding.item || finding.erp_row;
  const drone = finding.observed_location
    ? [...pair("detail.pallet", finding.pallet), ...pair("detail.location", finding.observed_location), ...pair("detail.also_at", !finding.other_pallet && finding.other_observed_location)]
    : [...absent("detail.pallet", "detail.nowhere"), ...(places[finding.expected_location] ? pair("detail.location", `${finding.expected_location}: ${seen(places[finding.expected_location])}`) : [])];
  return el("article", { class: `v-${finding.verdict}` },
    verdictLine(finding.verdict, finding.cause, finding.severity),
    el("h3", { class: "id", text: [finding.pallet, finding.other_pallet].filter(Boolean).join(" ⇄ ") || order.join(", ") }),
    meaning(finding.verdict, finding.reason, finding),
    action(finding.verdict, finding.suggested_action, finding), why(finding.reason, finding.suggested_action),
    compare(
      isKnown ? [...pair("detail.pallet", finding.pallet), ...pair("detail.location", finding.expected_location), ...pair("detail.item", finding.item),
        ...pair("detail.batch", finding.batch), ...pair("detail.quantity", finding.quantity), ...pair("detail.value", finding.value),
        ...pair("detail.other_pallet", finding.other_pallet && at(finding.other_pallet, finding.other_expected_location)),
        ...pair("detail.erp_row", finding.erp_row)] : absent("detail.pallet", "detail.unknown_to_erp"),
      [...drone, ...pair("detail.other_pallet", finding.other_pallet && at(finding.other_pallet, finding.other_observed_location)),
        ...pair("detail.confidence", finding.confidence !== undefined && percent(finding.confidence)), ...pair("detail.time", finding.seen_at && timeText(finding.seen_at))]),
    ...order.map((code) => placeBlock(places[code])),
    further.length ? el("div", { class: "shots" }, ...further.map((path) => shot(path, "label", finding.observed_location ?? ""))) : null,
    standing(finding),
    finding.case_id ? el("p", { class: "aside", text: `${words("detail.case")} ${finding.case_id}` }) : null,
    finding.case_id ? decideBlock(finding) : null);
};
const lonePlace = (place) => el("article", { class: `v-${place.shown}` },
  verdictLine(place.shown), el("h3", { class: "id", text: place.code }), meaning(place.shown, place.reason),
  ["match", "left_out", "not_in_count"].includes(place.shown) ? null : action(place.shown, ""), why(place.reason, ""),
  compare(
    place.expected?.length ? pair("detail.pallet", place.expected.join(", ")) : absent("detail.pallet", "detail.nothing"),
    place.observed?.length ? pair("detail.pallet", place.observed.join(", ")) : absent("detail.pallet", place.status ? `status.${place.status}` : "verdict.not_in_count.name")),
  shots(place), facts(place), toMap(place.code));

// -- choosing: a click on the list or on a rack shows the other
let cameFrom = null, chosen = [], current = null;
const choose = (codes, item) => {
  for (const code of chosen) bins.get(code)?.classList.remove("chosen");
  for (const code of codes) bins.get(code)?.classList.add("chosen");
  current?.removeAttribute("aria-current");
  item?.setAttribute("aria-current", "true");
  [chosen, current] = [codes, item ?? null];
};
const show = (nodes, codes, item) => {
  if (detailView.hidden) cameFrom = document.activeElement;
  detail.replaceChildren(...nodes);
  detailView.hidden = false;
  panel.classList.add("has-detail");
  (isWide.matches ? panel : detailView).scrollTop = 0;
  choose(codes, item);
  detail.focus({ preventScroll: true });
};
const openFinding = (index) => {
  const finding = findings[index], codes = finding.places ?? [];
  show([findingBlock(finding, codes[0])], codes, itemOf.get(`f${index}`));
  if (isWide.matches && codes.length) bins.get(codes.find((code) => bins.has(code)))?.scrollIntoView({ block: "nearest", inline: "nearest" });
};
const openPlace = (code) => {
  const place = places[code], its = (place.findings ?? []).map((index) => findings[index]);
  const item = its.length ? itemOf.get(`f${its[0].index}`) : itemOf.get(`p${code}`);
  show(its.length ? its.map((finding) => findingBlock(finding, code)) : [lonePlace(place)], its.length ? its.flatMap((finding) => finding.places ?? []) : [code], item);
};
const itemOf = new Map(items.map((item) => [item.dataset.finding ? `f${item.dataset.finding}` : `p${item.dataset.place}`, item]));
const openItem = (item) => (item.dataset.finding ? openFinding(Number(item.dataset.finding)) : openPlace(item.dataset.place));
const close = (withFocus = true) => {
  detailView.hidden = true;
  panel.classList.remove("has-detail");
  if (withFocus && cameFrom?.isConnected) cameFrom.focus();
};
const visibleItems = () => items.filter((item) => !item.parentElement.hidden);
const step = (by) => {
  const visible = visibleItems();
  if (!visible.length) return;
  const now = visible.indexOf(current);
  openItem(visible[(now < 0 ? (by > 0 ? 0 : visible.length - 1) : now + by + visible.length) % visible.length]);
};
byId("list")?.addEventListener("click", (event) => {
  const item = event.target.closest("button");
  if (item) openItem(item);
});
byId("list")?.addEventListener("keydown", (event) => {
  const visible = visibleItems(), now = visible.indexOf(event.target.closest("button"));
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: visible.length - 1 }[event.key];
  if (now >= 0 && visible[next]) { event.preventDefault(); visible[next].focus(); }
});
byId("detail-close").addEventListener("click", () => close());
byId("detail-previous").addEventListener("click", () => step(-1));
byId("detail-next").addEventListener("click", () => step(1));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !zoom.open && !detailView.hidden) close();
});
