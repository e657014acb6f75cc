// Everything that comes from a label or an ERP file is set as textContent or as an attribute of our own choice, never as markup.
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const { lang, texts, places, findings } = data;
for (const [code, place] of Object.entries(places)) {
  place.code = code;
  if (place.shown === "match" && place.status === "read") place.observed ??= place.expected;
}
const pictures = JSON.parse(byId("pictures").textContent);
const words = (key, values = {}) => (texts[key] ?? "").replace(/\{(\w+)\}/g, (placeholder, name) => values[name] ?? placeholder);
const counted = (key, n) => words(`${key}.${n === 1 ? "one" : "other"}`, { n });

const panel = byId("findings"), detailView = byId("detail-view"), detail = byId("detail"), map = document.querySelector(".map");
const bins = new Map([...document.querySelectorAll(".bin")].map((bin) => [bin.dataset.code, bin]));
const items = [...document.querySelectorAll("#list button")];
const isWide = window.matchMedia("(min-width: 1000px)");

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
const secondText = (iso) => {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "medium" }).format(time);
};
const metres = (length) => new Intl.NumberFormat(lang, { maximumFractionDigits: 2 }).format(length);
const percent = (share) => new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }).format(share);
for (const time of document.querySelectorAll("time")) time.textContent = timeText(time.dateTime);
