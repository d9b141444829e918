// A turning globe on a canvas: land, true flight, tracks, predicted impacts, at the instant `at_s`. No library, no network.
const RAD = Math.PI / 180;
const EARTH_KM = 6371;

function view(model) {
  const [lon, lat] = model.get("centre").map((deg) => deg * RAD);
  return { lon, lat, sin: Math.sin(lat), cos: Math.cos(lat), zoom: model.get("zoom") };
}

// Orthographic projection: x to the right, y up, both in radii of the Earth; z towards the eye.
function turned(eye, lonDeg, latDeg, altKm) {
  const lon = lonDeg * RAD - eye.lon, lat = latDeg * RAD, r = 1 + altKm / EARTH_KM;
  const x = Math.cos(lat) * Math.sin(lon), c = Math.cos(lat) * Math.cos(lon), s = Math.sin(lat);
  return [r * x, r * (s * eye.cos - c * eye.sin), r * (c * eye.cos + s * eye.sin)];
}

function hidden(p) {
  return p[2] < 0 && p[0] * p[0] + p[1] * p[1] < 1;
}

// Points of a land ring behind the globe are pushed to its edge, so that the ring stays closed.
function trace(pen, eye, place, ring) {
  let seen = false;
  pen.beginPath();
  for (let k = 0; k < ring.length; k += 2) {
    let p = turned(eye, ring[k], ring[k + 1], 0);
    if (p[2] < 0) {
      const d = Math.hypot(p[0], p[1]) || 1e-9;
      p = [p[0] / d, p[1] / d, 0];
    } else {
      seen = true;
    }
    k ? pen.lineTo(...place(p)) : pen.moveTo(...place(p));
  }
  return seen;
}

function line(pen, eye, place, points) {
  pen.beginPath();
  let drawing = false;
  for (const q of points) {
    const p = turned(eye, q[1], q[2], q[3]);
    if (hidden(p)) { drawing = false; continue; }
    drawing ? pen.lineTo(...place(p)) : pen.moveTo(...place(p));
    drawing = true;
  }
  pen.stroke();
}

// The point of a timed line at an instant, between its neighbours.
function pointAt(points, at) {
  let k = points.findIndex((q) => q[0] > at);
  if (k === 0) return points[0];
  if (k < 0) return points[points.length - 1];
  const a = points[k - 1], b = points[k], u = (at - a[0]) / (b[0] - a[0]);
  let turn = b[1] - a[1];
  turn -= 360 * Math.round(turn / 360);
  return [at, a[1] + u * turn, a[2] + u * (b[2] - a[2]), a[3] + u * (b[3] - a[3])];
}

function draw(model, canvas) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !height) return;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d"), eye = view(model), at = model.get("at_s"), looks = model.get("looks");
  const scale = 0.36 * Math.min(width, height) * eye.zoom, cx = width / 2, cy = height / 2;
  const place = (p) => [cx + scale * p[0], cy - scale * p[1]];
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = looks.sea;
  pen.beginPath();
  pen.arc(cx, cy, scale, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = looks.land;
  pen.strokeStyle = looks.coast;
  pen.lineWidth = 0.6;
  for (const ring of model.get("land")) {
    if (trace(pen, eye, place, ring)) { pen.fill(); pen.stroke(); }
  }
  pen.beginPath();  // over the coasts that were pushed to the edge
  pen.arc(cx, cy, scale, 0, 2 * Math.PI);
  pen.lineWidth = 1.5;
  pen.stroke();
  for (const track of model.get("lines")) {
    const until = track.always ? track.points : track.points.filter((q) => q[0] <= at);
    pen.strokeStyle = track.color;
    pen.lineWidth = track.width;
    pen.setLineDash(track.dash);
    if (until.length > 1) line(pen, eye, place, until);
    pen.setLineDash([]);
    if (track.drop && until.length) {
      pen.lineWidth = 0.5;
      for (const q of until.filter((_, k) => k % track.drop === 0)) line(pen, eye, place, [q, [q[0], q[1], q[2], 0]]);
    }
  }
  pen.font = "12px system-ui, sans-serif";
  for (const spot of model.get("spots")) {
    if (spot.from_s > at || at >= spot.until_s) continue;
    const p = turned(eye, spot.lon, spot.lat, 0);
    if (hidden(p)) continue;
    const [x, y] = place(p);
    pen.fillStyle = pen.strokeStyle = spot.color;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, spot.size, 0, 2 * Math.PI);
    spot.hollow ? pen.stroke() : pen.fill();
    // The launch's name is to its left, clear of a flight to the east; a rim of sea keeps words off what is below them.
    pen.textAlign = spot.label === "launch" ? "right" : "left";
    const beside = x + (spot.label === "launch" ? -7 : 7);
    pen.lineWidth = 3;
    pen.strokeStyle = looks.sea;
    pen.strokeText(spot.label, beside, y - 5);
    pen.fillText(spot.label, beside, y - 5);
  }
  const truth = model.get("lines").find((track) => track.always);
  if (truth) {
    const p = turned(eye, ...pointAt(truth.points, at).slice(1));
    if (!hidden(p)) {
      pen.fillStyle = looks.missile;
      pen.beginPath();
      pen.arc(...place(p), 5, 0, 2 * Math.PI);
      pen.fill();
    }
  }
  canvas.setAttribute("aria-label", `${model.get("title")}, ${Math.floor(at)} s after launch`);
}

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas.style, { width: "100%", height: `${model.get("height")}px`, touchAction: "none", cursor: "grab" });
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.title = "Drag or use the arrow keys to turn the globe, + and - or the wheel to come closer.";
  el.append(canvas);
  let asked = 0;
  const redraw = () => { asked = asked || requestAnimationFrame(() => { asked = 0; draw(model, canvas); }); };
  const turn = (east, north) => {
    const [lon, lat] = model.get("centre");
    model.set("centre", [((lon + east + 540) % 360) - 180, Math.max(-89, Math.min(89, lat + north))]);
    model.save_changes();
  };
  const closer = (by) => { model.set("zoom", Math.max(0.5, Math.min(8, model.get("zoom") * by))); model.save_changes(); };
  let held = null;
  canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointerup", () => { held = null; });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    const step = 0.3 / model.get("zoom");
    turn(-(event.clientX - held[0]) * step, (event.clientY - held[1]) * step);
    held = [event.clientX, event.clientY];
  });
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); closer(event.deltaY < 0 ? 1.1 : 1 / 1.1); }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, 5], ArrowDown: [0, -5] };
    if (event.key in moves) turn(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") closer(1.2);
    else if (event.key === "-") closer(1 / 1.2);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const watcher = new ResizeObserver(redraw);
  watcher.observe(canvas);
  model.on("change", redraw);
  redraw();
  return () => { watcher.disconnect(); model.off("change", redraw); cancelAnimationFrame(asked); };
}

export default { render };
