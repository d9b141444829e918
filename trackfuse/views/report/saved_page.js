// Plays a saved run: at every second shows what was known, drawn and announced by then. Nothing is computed here that the
// package has not computed; the state says what changes at which instant, and is looked up. No library, no network.
"use strict";
const state = JSON.parse(document.getElementById("state").textContent);
const byId = (name) => document.getElementById(name);
const clock = byId("clock"), play = byId("play"), map = byId("map");
const parts = {
  tracks: [...document.querySelectorAll("#tracks .track")],
  ellipses: [...document.querySelectorAll("#tracks .ellipse")],
  regions: [...document.querySelectorAll("#regions .region")],
  known: [...document.querySelectorAll("#known tbody tr")].map((row) => [...row.querySelectorAll("td")]),
  names: [...document.querySelectorAll("#known tbody th")].map((name) => name.textContent),
};
let shown = state.runs[0], spots = [], frame = 0, before = 0, exact = 0;

function minutes(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;
}

function filled(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// The last instant at which something changed.
function last(instants, at) {
  let low = 0, high = instants.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (instants[middle] <= at) low = middle; else high = middle - 1;
  }
  return low;
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function put(circle, transform, words) {
  circle.setAttribute("visibility", transform ? "visible" : "hidden");
  if (!transform) return;
  circle.setAttribute("transform", `matrix(${transform.join(" ")})`);
  write(circle.firstElementChild, words());
}

function list(table, rows) {
  const body = table.tBodies[0];
  body.replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    cells.forEach((words, k) => {
      const cell = document.createElement(k ? "td" : "th");
      if (!k) cell.scope = "row";
      cell.textContent = words;
      row.append(cell);
    });
    return row;
  }));
}

function drawMap(at, k) {
  shown.nations.forEach((nation, n) => {
    parts.tracks[n].setAttribute("d", nation.track.slice(0, nation.upto[k]));
    const words = { nation: parts.names[n], time: minutes(at), times: state.enlarged, words: shown.known[k][n][2] };
    put(parts.ellipses[n], nation.ellipse[k], () => filled(state.words.ellipse, words));
    put(parts.regions[n], nation.region[k], () => filled(state.words.region, words));
  });
  const second = Math.min(Math.floor(at), shown.phase.length - 1), missile = byId("missile");
  missile.setAttribute("cx", shown.missile[2 * second]);
  missile.setAttribute("cy", shown.missile[2 * second + 1]);
  missile.classList.toggle("burning", shown.phase[second] === 0);
  write(missile.firstElementChild, filled(state.words.missile, { time: minutes(at) }));
  for (const { spot, title, place, notice, arrival } of spots) {
    const given = notice !== null && notice <= at, kind = !given ? "unwarned" : notice <= arrival ? "warned" : "late";
    spot.setAttribute("class", `spot ${kind}`);
    const early = given ? Math.abs(arrival - notice).toFixed(0) : "";
    write(title, filled(state.words[kind], { place, time: minutes(at), notice: given ? minutes(notice) : "", seconds: early }));
  }
  map.setAttribute("aria-label", filled(state.words.map, { time: minutes(at), policy: shown.label }));
  return shown.phases[shown.phase[second]];
}

function drawTables(at, k) {
  write(byId("known").caption, filled(state.words.knows, { time: minutes(at) }));
  parts.known.forEach((cells, n) => cells.forEach((cell, c) => write(cell, shown.known[k][n][c])));
  for (const name of ["announced", "decided"]) {
    const table = byId(name), number = String(shown[name].at[k]);
    if (table.dataset.shown === number) continue;
    table.dataset.shown = number;
    list(table, shown[name].tables[number]);
  }
}

function drawCursors(at) {
  for (const [name, axis] of Object.entries(state.axes)) {
    const share = at / axis.until, cursor = byId(`cursor-${name}`);
    cursor.setAttribute("transform", `translate(${axis.left + (axis.right - axis.left) * Math.min(share, 1)} 0)`);
    cursor.setAttribute("visibility", share > 1 ? "hidden" : "visible");
  }
}

function draw() {
  const at = Number(clock.value), k = last(shown.instants, at), phase = drawMap(at, k);
  drawTables(at, k);
  drawCursors(at);
  write(byId("now"), filled(state.words.clock, { time: minutes(at), phase }));
  clock.setAttribute("aria-valuetext", filled(state.words.spoken, { seconds: at }));
}

function choose(number) {
  shown = state.runs[number];
  for (const name of ["announced", "decided"]) delete byId(name).dataset.shown;
  spots = Object.entries(shown.warned).map(([place, [x, y, notice, arrival]]) => {
    const spot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    spot.setAttribute("cx", x);
    spot.setAttribute("cy", y);
    spot.setAttribute("r", 5);
    spot.append(title);
    return { spot, title, place, notice, arrival };
  });
  byId("warned").replaceChildren(...spots.map((each) => each.spot));
  draw();
}

function go(seconds) {
  clock.value = Math.max(0, Math.min(Number(clock.max), seconds));
  draw();
}

function tick(now) {
  exact += (now - before) / 1000 * Number(byId("speed").value);
  before = now;
  go(Math.floor(exact));
  if (exact >= Number(clock.max)) pause(); else frame = requestAnimationFrame(tick);
}

function pause() {
  cancelAnimationFrame(frame);
  frame = 0;
  play.textContent = state.words.play;
}

// An address may end in the seconds after launch to show: #120.
function asked() {
  exact = Math.round(Number(location.hash.slice(1))) || 0;
  go(exact);
}

function start() {
  exact = Number(clock.value) < Number(clock.max) ? Number(clock.value) : 0;
  before = performance.now();
  play.textContent = state.words.pause;
  frame = requestAnimationFrame(tick);
}

function follow(name) {
  const chart = byId(name), axis = state.axes[name];
  const moved = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM().inverse()).x;
    exact = Math.round(axis.until * (at - axis.left) / (axis.right - axis.left));
    go(exact);
  };
  chart.addEventListener("pointerdown", (event) => { chart.setPointerCapture(event.pointerId); moved(event); });
  chart.addEventListener("pointermove", (event) => { if (event.buttons) moved(event); });
}

play.addEventListener("click", () => { frame ? pause() : start(); });
clock.addEventListener("input", () => { exact = Number(clock.value); draw(); });
document.querySelectorAll("input[name=run]").forEach((each) => each.addEventListener("change", () => choose(Number(each.value))));
document.addEventListener("keydown", (event) => {
  if (event.key === " " && !event.target.closest("button, select, summary, input[type=radio]")) {
    event.preventDefault();
    play.click();
  }
});
Object.keys(state.axes).forEach(follow);
addEventListener("hashchange", asked);
choose(0);
asked();
