// Everything that comes from a drone or a file is set as textContent or as an attribute of our own choice, never as markup.
const byId = (id) => document.getElementById(id);
const { codes, names, texts } = JSON.parse(byId("data").textContent);
const map = document.querySelector(".map"), faces = [...document.querySelectorAll(".face")];
const bins = new Map([...document.querySelectorAll(".bin")].map((bin) => [bin.dataset.code, bin]));
const words = (key, values) => texts[key].replace(/\{(\w+)\}/g, (placeholder, name) => values[name] ?? placeholder);
const states = codes.map(() => "not_in_count");
const indexOf = new Map(codes.map((code, index) => [code, index]));
let chosen = null;
const tellChosen = () => {
  byId("chosen").textContent = chosen === null ? "" : words("chosen", { location: chosen, state: names[states[indexOf.get(chosen)]] });
};
const openPlace = (code) => {
  bins.get(chosen)?.classList.remove("chosen");
  bins.get(code).classList.add("chosen");
  chosen = code;
  tellChosen();
};
