"use strict";
// Everything that comes from a label or an ERP file is set as textContent or as an attribute of our own choice, never as markup.
(() => {
  const byId = (id) => document.getElementById(id);
  const { lang, texts, places, findings } = JSON.parse(byId("data").textContent);
  const pictures = JSON.parse(byId("pictures").textContent);
  const words = (key, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), texts[key] ?? "");

  const panel = byId("findings"), detailView = byId("detail-view"), detail = byId("detail"), map = document.querySelector(".map");
  const bins = new Map([...document.querySelectorAll(".bin")].map((bin) => [bin.dataset.code, bin]));
  const items = [...document.querySelectorAll("#list button")];
  const isWide = window.matchMedia("(min-width: 1000px)");
  let cameFrom = null;

  const el = (tag, properties = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "class") node.className = value;
      else if (name === "text") node.textContent = value;
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };
  const icon = (shown) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#s-${shown}`);
    svg.append(use);
    return svg;
  };

  // -- times and numbers as the reader writes them
  const timeText = (iso) => {
    const time = new Date(iso);
    return Number.isNaN(time.getTime()) ? iso : new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" }).format(time);
  };
  const metres = (length) => new Intl.NumberFormat(lang, { maximumFractionDigits: 2 }).format(length);
  const percent = (share) => new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }).format(share);
  for (const time of document.querySelectorAll("time")) time.textContent = timeText(time.dateTime);

  // -- pictures
  const zoom = byId("zoom"), zoomRoom = zoom.querySelector(".zoom-room"), zoomPicture = byId("zoom-picture");
  const openZoom = (uri, title) => {
    zoomPicture.src = uri;
    zoomPicture.alt = title;
    byId("zoom-title").textContent = title;
    zoomRoom.classList.remove("close");
    zoom.showModal();
  };
  zoomPicture.addEventListener("click", () => zoomRoom.classList.toggle("close"));
  byId("zoom-close").addEventListener("click", () => zoom.close());
  zoom.addEventListener("click", (event) => { if (event.target === zoom) zoom.close(); });

  const shot = (path, kind, code) => {
    const uri = pictures.uris[path];
    if (!uri) return el("p", { class: "note", text: words(`picture.${pictures.problems[path] ?? "missing"}`, { file: path }) });
    const title = words(`picture.alt_${kind}`, { location: code });
    return el("figure", {},
      el("button", { type: "button", title: words("picture.zoom"), onclick: () => openZoom(uri, title) }, el("img", { src: uri, alt: title })),
      el("figcaption", { text: words(`picture.${kind}`) }));
  };
  const shots = (place) => {
    if (!place.status) return null;
    const all = [...(place.pictures ?? []).map((path) => shot(path, "bin", place.code)), ...(place.labels ?? []).map((path) => shot(path, "label", place.code))];
    return el("div", { class: "shots" }, ...(all.length ? all : [el("p", { class: "note", text: words("picture.none") })]));
  };

  // -- what the panel says
  const english = (properties) => (lang === "en" ? properties : { ...properties, lang: "en" });
  const pair = (key, value) => (value ? [el("dt", { text: words(key) }), el("dd", { class: "id", text: value })] : []);
  const absent = (key, textKey) => [el("dt", { text: words(key) }), el("dd", { class: "absent", text: words(textKey) })];
  const side = (titleKey, rows) => el("div", {}, el("h4", { text: words(titleKey) }), el("dl", {}, ...rows));
  const compare = (erp, drone) => el("div", { class: "compare", role: "group", "aria-label": words("detail.compare") }, side("detail.erp", erp), side("detail.drone", drone));
  const verdictLine = (shown, cause) => el("p", { class: "verdict-line" }, el("span", { class: "badge" }, icon(shown)),
    el("span", { text: [words(`verdict.${shown}.name`), words(`cause.${cause}`)].filter(Boolean).join(", ") }));
  const action = (shown, given) => el("div", { class: "action" }, el("h4", { text: words("detail.action") }),
    el("p", { text: (lang === "en" && given) || words(`verdict.${shown}.action`) }));
  const meaning = (shown, reason) => (lang === "en" && reason ? null : el("p", { text: words(`verdict.${shown}.means`) }));
  const why = (reason, given) => {
    const note = [reason, lang === "en" ? "" : given].filter(Boolean).join(" — ");
    if (!note) return null;
    return el("div", {}, el("h4", { text: words(lang === "en" ? "detail.why" : "detail.note_original") }), el("p", english({ class: "reason", text: note })));
  };
  const seen = (place) => place.observed?.join(", ") || words(`status.${place.status}`) || words("verdict.not_in_count.name");

  const facts = (place) => el("dl", { class: "facts" },
    ...[["detail.time", place.seen_at && timeText(place.seen_at)],
      ["detail.confidence", place.confidence !== undefined && percent(place.confidence)],
      ["detail.photos", place.n_frames],
      ["detail.runner_up", place.runner_up && [place.runner_up, place.margin_m && `(${words("detail.margin", { m: metres(place.margin_m) })})`].filter(Boolean).join(" ")],
      ["detail.kind", place.kind !== "normal" && words(`kind.${place.kind}`)]]
      .filter(([, value]) => value).map(([key, value]) => el("div", {}, ...pair(key, value))));

  const placeBlock = (place) => el("section", { class: "place" },
    el("div", { class: "place-head" }, el("h4", { class: "id", text: place.code }), toMap(place.code)),
    el("p", { class: "aside id", text: `${words("detail.erp")}: ${place.expected?.join(", ") || words("detail.nothing")}` }),
    el("p", { class: "aside id", text: `${words("detail.drone")}: ${seen(place)}` }),
    shots(place), facts(place));
  const toMap = (code) => !bins.has(code) ? null : el("button", { type: "button", class: "to-map", text: words("detail.show_on_map"), onclick: () => { close(false); reveal(code); } });

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
      verdictLine(finding.verdict, finding.cause),
      el("h3", { class: "id", text: [finding.pallet, finding.other_pallet].filter(Boolean).join(" ⇄ ") || order.join(", ") }),
      meaning(finding.verdict, finding.reason),
      action(finding.verdict, finding.suggested_action), why(finding.reason, finding.suggested_action),
      compare(
        isKnown ? [...pair("detail.pallet", finding.pallet), ...pair("detail.location", finding.expected_location), ...pair("detail.item", finding.item),
          ...pair("detail.batch", finding.batch), ...pair("detail.quantity", finding.quantity), ...pair("detail.other_pallet", finding.other_pallet && at(finding.other_pallet, finding.other_expected_location)),
          ...pair("detail.erp_row", finding.erp_row)] : absent("detail.pallet", "detail.unknown_to_erp"),
        [...drone, ...pair("detail.other_pallet", finding.other_pallet && at(finding.other_pallet, finding.other_observed_location)),
          ...pair("detail.confidence", finding.confidence !== undefined && percent(finding.confidence)), ...pair("detail.time", finding.seen_at && timeText(finding.seen_at))]),
      ...order.map((code) => placeBlock(places[code])),
      further.length ? el("div", { class: "shots" }, ...further.map((path) => shot(path, "label", finding.observed_location ?? ""))) : null,
      finding.case_id ? el("p", { class: "aside", text: `${words("detail.case")} ${finding.case_id}` }) : null);
  };
  const lonePlace = (place) => el("article", { class: `v-${place.shown}` },
    verdictLine(place.shown), el("h3", { class: "id", text: place.code }), meaning(place.shown, place.reason),
    ["match", "left_out", "not_in_count"].includes(place.shown) ? null : action(place.shown, ""), why(place.reason, ""),
    compare(
      place.expected?.length ? pair("detail.pallet", place.expected.join(", ")) : absent("detail.pallet", "detail.nothing"),
      place.observed?.length ? pair("detail.pallet", place.observed.join(", ")) : absent("detail.pallet", place.status ? `status.${place.status}` : "verdict.not_in_count.name")),
    shots(place), facts(place), toMap(place.code));

  // -- choosing
  const choose = (codes, item) => {
    for (const [code, bin] of bins) bin.classList.toggle("chosen", codes.includes(code));
    for (const other of items) other.setAttribute("aria-current", String(other === item));
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
    show([findingBlock(finding, codes[0])], codes, items.find((item) => item.dataset.finding === String(index)));
    if (isWide.matches && codes.length) bins.get(codes[0])?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const openPlace = (code) => {
    const place = places[code], its = (place.findings ?? []).map((index) => findings[index]);
    const item = items.find((each) => (its.length ? each.dataset.finding === String(its[0].index) : each.dataset.place === code));
    show(its.length ? its.map((finding) => findingBlock(finding, code)) : [lonePlace(place)], its.length ? its.flatMap((finding) => finding.places ?? []) : [code], item);
  };
  const openItem = (item) => (item.dataset.finding ? openFinding(Number(item.dataset.finding)) : openPlace(item.dataset.place));
  const close = (withFocus = true) => {
    detailView.hidden = true;
    panel.classList.remove("has-detail");
    if (withFocus && cameFrom?.isConnected) cameFrom.focus();
  };
  const reveal = (code) => {
    focusBin(bins.get(code));
    bins.get(code).scrollIntoView({ block: "center", inline: "center" });
  };
  const step = (by) => {
    const visible = items.filter((item) => !item.parentElement.hidden);
    if (!visible.length) return;
    const now = visible.findIndex((item) => item.getAttribute("aria-current") === "true");
    openItem(visible[(now < 0 ? (by > 0 ? 0 : visible.length - 1) : now + by + visible.length) % visible.length]);
  };
  for (const item of items) item.addEventListener("click", () => openItem(item));
  byId("detail-close").addEventListener("click", () => close());
  byId("detail-previous").addEventListener("click", () => step(-1));
  byId("detail-next").addEventListener("click", () => step(1));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !zoom.open && !detailView.hidden) close();
  });

  // -- the racks: one stop for Tab a rack, arrow keys inside it
  const middle = (bin) => {
    const box = bin.querySelector(".opening");
    return { x: Number(box.getAttribute("x")) + Number(box.getAttribute("width")) / 2, y: Number(box.getAttribute("y")) + Number(box.getAttribute("height")) / 2 };
  };
  const focusBin = (bin) => {
    for (const other of bin.parentElement.querySelectorAll('.bin[tabindex="0"]')) other.setAttribute("tabindex", "-1");
    bin.setAttribute("tabindex", "0");
    bin.focus();
  };
  const neighbour = (bin, dx, dy) => {
    const here = middle(bin);
    let best = null, bestCost = Infinity;
    for (const other of bin.parentElement.querySelectorAll(".bin")) {
      const there = middle(other), ahead = (there.x - here.x) * dx + (there.y - here.y) * dy, aslant = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
      if (other !== bin && ahead > 1 && ahead + 4 * aslant < bestCost) [best, bestCost] = [other, ahead + 4 * aslant];
    }
    return best;
  };
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  for (const face of document.querySelectorAll(".elevation")) {
    face.addEventListener("click", (event) => {
      const bin = event.target.closest(".bin");
      if (bin) { focusBin(bin); openPlace(bin.dataset.code); }
    });
    face.addEventListener("keydown", (event) => {
      const bin = event.target.closest(".bin");
      if (!bin) return;
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); openPlace(bin.dataset.code); }
      const arrow = arrows[event.key];
      if (arrow) { event.preventDefault(); const next = neighbour(bin, ...arrow); if (next) focusBin(next); }
    });
  }
  byId("path-toggle")?.addEventListener("change", (event) => map.classList.toggle("show-path", event.target.checked));

  // -- filter and search
  let verdict = "";
  const search = byId("search");
  const applyFilter = () => {
    const wanted = search.value.trim().toLowerCase(), hits = new Set();
    for (const item of items) {
      const row = item.parentElement;
      row.hidden = Boolean((verdict && row.dataset.verdict !== verdict) || (wanted && !row.dataset.words.includes(wanted)));
      if (!row.hidden) for (const code of item.dataset.places.split("|")) hits.add(code);
    }
    byId("no-hit").hidden = items.some((item) => !item.parentElement.hidden);
    map.classList.toggle("filtered", Boolean(verdict || wanted));
    for (const [code, bin] of bins) bin.classList.toggle("hit", hits.has(code) || Boolean(wanted && code.toLowerCase().includes(wanted)));
  };
  for (const chip of document.querySelectorAll(".chip")) {
    chip.addEventListener("click", () => {
      verdict = chip.dataset.filter;
      for (const other of document.querySelectorAll(".chip")) other.setAttribute("aria-pressed", String(other === chip));
      applyFilter();
    });
  }
  search?.addEventListener("input", applyFilter);

  // -- report.html#A01-02-3-2 opens that location
  const openFromAddress = () => {
    const code = decodeURIComponent(window.location.hash.slice(1));
    if (bins.has(code)) openPlace(code);
  };
  window.addEventListener("hashchange", openFromAddress);
  openFromAddress();

  // -- paper
  byId("print-recount")?.addEventListener("click", () => {
    document.body.classList.add("only-recount");
    window.print();
  });
  window.addEventListener("afterprint", () => document.body.classList.remove("only-recount"));
})();
