// -- the racks fill: only what changed is touched; the browser draws racks out of view when they come into it
const SVG = "http://www.w3.org/2000/svg", EVERY_MS = 1000, HIDDEN_MS = 5000;
const NOT_MEANT = new Set(["not_in_count", "left_out"]), UNKNOWN = new Set(["planned", "photographed", "unseen", "unreadable", "unverified"]);
const make = (tag, attributes, ...children) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};
const shares = faces.map((face) => {
  const share = document.createElement("span");
  share.className = "share";
  face.querySelector("figcaption").append(share);
  return { share, own: [...face.querySelectorAll(".bin")].map((bin) => indexOf.get(bin.dataset.code)) };
});
const faceOf = new Map(shares.flatMap(({ own }, number) => own.map((index) => [index, number])));
const paint = (index, state) => {
  const bin = bins.get(codes[index]), opening = bin.firstElementChild.tagName === "title" ? bin.children[1] : bin.firstElementChild;
  states[index] = state;
  bin.setAttribute("class", `bin v-${state}${codes[index] === chosen ? " chosen" : ""}`);
  bin.setAttribute("aria-label", `${codes[index]}: ${names[state]}`);
  bin.querySelector("title")?.remove();
  const isBlank = state === "not_in_count" || state === "left_out";
  let mark = bin.querySelector("use");
  if (isBlank) { mark?.remove(); return; }
  if (!mark) {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(opening.getAttribute(name)));
    const side = Math.min(width, height) * 0.42;
    mark = make("use", { x: (x + width / 2 - side / 2).toFixed(1), y: (y + height * 0.64 - side / 2).toFixed(1), width: side.toFixed(1), height: side.toFixed(1) });
    opening.after(mark);
  }
  mark.setAttribute("href", `#s-${state}`);
};
const count = (number) => {
  const { share, own } = shares[number];
  const meant = own.map((index) => states[index]).filter((state) => !NOT_MEANT.has(state)), read = meant.filter((state) => !UNKNOWN.has(state)).length;
  const photographed = meant.filter((state) => state !== "planned" && state !== "unseen").length;
  share.textContent = meant.length ? words("rack_share", { photographed, read, n: meant.length }) : "";
};

// -- the drones on them
const marks = [];
const fly = (wanted) => {
  while (marks.length > wanted.length) marks.pop().remove();
  wanted.forEach(([number, x, y, drone], place) => {
    marks[place] ??= make("g", { class: "drone", "aria-hidden": "true" }, make("circle", { class: "halo", r: "46" }), make("path", { class: "body", d: "M0-26L26 0L0 26L-26 0z" }), make("text", {}));
    const mark = marks[place], svg = faces[number].querySelector(".elevation");
    if (mark.parentNode !== svg) svg.append(mark);
    mark.style.transform = `translate(${x}px,${y}px)`;
    mark.lastElementChild.textContent = String(drone);
  });
  const now = new Set(wanted.map(([number]) => number));
  faces.forEach((face, number) => { if (face.classList.contains("flown-now") !== now.has(number)) face.classList.toggle("flown-now"); });
  follow(wanted);
};
let followed = -1;
const follow = (wanted) => {
  const number = wanted.length ? wanted[0][0] : -1;
  if (number < 0 || number === followed || !byId("follow").checked) return;
  followed = number;
  faces[number].scrollIntoView({ block: "center" });
};
byId("follow").addEventListener("change", () => { followed = -1; });

// -- words and bars
const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const tell = (state) => {
  set(byId("headline"), state.headline);
  set(byId("next"), state.next);
  set(byId("later"), state.later);
  const bars = byId("bars");
  while (bars.children.length > state.bars.length) bars.lastElementChild.remove();
  state.bars.forEach(([key, name, done, total], place) => {
    const bar = bars.children[place] ?? bars.appendChild(document.createElement("label"));
    if (bar.dataset.key !== key) {
      bar.dataset.key = key;
      bar.replaceChildren(...["span", "progress", "b"].map((tag) => document.createElement(tag)));
      bar.children[0].textContent = name;
    }
    bar.children[1].max = total;
    bar.children[1].value = done;
    set(bar.children[2], words("rack_of", { done, n: total }));
  });
  byId("no-drone").hidden = state.drones.length > 0;
  byId("drones").replaceChildren(...state.drones.map(([name, rows]) => {
    const card = document.createElement("section"), list = document.createElement("dl");
    card.append(Object.assign(document.createElement("h3"), { textContent: name }), list);
    for (const [what, text, isAlarm] of rows) {
      const pair = list.appendChild(document.createElement("div"));
      pair.append(Object.assign(document.createElement("dt"), { textContent: what }), Object.assign(document.createElement("dd"), { textContent: text, className: isAlarm ? "alarm" : "" }));
    }
    return card;
  }));
  for (const item of document.querySelectorAll(".legend li")) {
    const n = state.counts[item.dataset.state];
    item.hidden = !n;
    if (n) set(item.querySelector("b"), String(n));
  }
};

// -- asking, until the run is over
let version = -1, timer = 0;
const take = (state) => {
  const touched = new Set();
  for (const [name, indices] of Object.entries(state.bins)) {
    for (const index of indices) { paint(index, name); touched.add(faceOf.get(index)); }
  }
  for (const number of version < 0 ? faces.keys() : touched) if (number !== undefined) count(number);
  version = state.version;
  tell(state);
  fly(state.marks);
  if (touched.size) tellChosen();
};
const ask = async () => {
  clearTimeout(timer);
  let state = null;
  try {
    const answer = await fetch(`/state?since=${version}`, { cache: "no-store" });
    state = await answer.json();
  } catch { set(byId("next"), texts.ended); return; }
  take(state);
  if (!state.over) timer = setTimeout(ask, document.hidden ? HIDDEN_MS : EVERY_MS);
};
document.addEventListener("visibilitychange", () => { if (!document.hidden && timer) ask(); });
ask();
