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
const reveal = (code) => {
  focusBin(bins.get(code));
  bins.get(code).scrollIntoView({ block: "center", inline: "center" });
};
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
for (const face of document.querySelectorAll(".elevation")) {
  for (const [n, bin] of [...face.querySelectorAll(".bin")].entries()) {
    bin.setAttribute("role", "button");
    bin.setAttribute("tabindex", n ? "-1" : "0");
  }
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
  face.addEventListener("pointerover", (event) => {
    const bin = event.target.closest(".bin");
    if (!bin || bin.querySelector("title")) return;
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = bin.getAttribute("aria-label");
    bin.prepend(title);
  });
}
byId("path-toggle")?.addEventListener("change", (event) => map.classList.toggle("show-path", event.target.checked));
