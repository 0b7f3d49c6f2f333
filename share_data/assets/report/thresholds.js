"use strict";
// A card for every threshold: its score's histogram, and what another value of it would keep.
const BINS = 40;
const colours = ["--kept", "--rejected", "--measure", "--failed"];
const colour = (place) => getComputedStyle(document.documentElement).getPropertyValue(colours[place]).trim();
const settable = gates.filter((gate) => gate.field);

function range(gate) {
  const known = Float64Array.from(scoreOf[gate.column]?.values ?? []).filter((value) => !Number.isNaN(value)).sort();
  const at = (share) => known[Math.min(known.length - 1, Math.floor(share * known.length))];
  const low = Math.min(gate.threshold, known.length ? at(0.01) : gate.threshold), high = Math.max(gate.threshold, known.length ? at(0.99) : gate.threshold);
  return high > low ? [low, high] : [low - (Math.abs(low) || 1), high + (Math.abs(high) || 1)];
}

function histogram(gate) {
  const [low, high] = gate.range, width = (high - low) / BINS, values = scoreOf[gate.column]?.values ?? [];
  const counts = page.outcomes.map(() => new Float64Array(BINS));
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) continue;
    const bin = Math.max(0, Math.min(BINS - 1, Math.floor((values[row] - low) / width)));
    counts[before.outcome[row]][bin]++;
  }
  return counts.flatMap((each, place) => Array.from(each, (count, bin) => ({ x1: low + bin * width, x2: low + (bin + 1) * width, count, place })).filter((bar) => bar.count));
}

function draw(gate) {
  if (!gate.bars.length) return gate.figure.replaceChildren(element("p", { class: "none" }, "measured on no clip of this corpus"));
  const drawn = Plot.plot({
    width: 320, height: 130, marginLeft: 36, marginTop: 12, x: { label: gate.unit || null, domain: gate.range, ticks: 4 },
    y: { label: "clips", ticks: 3, tickFormat: "~s" }, style: { background: "transparent", color: "inherit" },
    marks: [
      Plot.rectY(gate.bars, { x1: "x1", x2: "x2", y: "count", fill: (bar) => colour(bar.place), inset: 0.5 }),
      Plot.ruleX([gate.threshold], { strokeDasharray: "3,3" }), Plot.ruleX([gate.now], { strokeWidth: 2 }), Plot.ruleY([0]),
    ],
  });
  gate.figure.replaceChildren(described(drawn, `Histogram of ${gate.column}; dashed: the build's threshold ${gate.threshold}; solid: the one chosen`));
}

function set(gate, value) {
  if (!Number.isFinite(value)) return;
  for (const each of gates) if (each.field === gate.field && each.filter === gate.filter) { each.now = value; each.fails = failing(each); }
  gate.slider.value = gate.box.value = value;
  draw(gate);
  now = decide();
  showCounts();
  showClips();
}

function gateCard(gate, place) {
  gate.range = range(gate);
  gate.bars = histogram(gate);
  gate.figure = element("figure");
  const [low, high] = gate.range, id = `gate-${place}`, path = `${gate.filter}.${gate.field}`;
  gate.slider = element("input", { type: "range", id, min: low, max: high, step: "any", "aria-label": `${path}, slider` });
  gate.box = element("input", { type: "number", step: "any", id: `${id}-box`, "aria-label": `${path}, exact value` });
  gate.slider.value = gate.box.value = gate.threshold;
  gate.slider.addEventListener("input", () => set(gate, Number(gate.slider.value)));
  gate.box.addEventListener("change", () => set(gate, gate.box.value === "" ? NaN : Number(gate.box.value)));
  const about = scoreOf[gate.column]?.about, failed = d3.sum(gate.fails);
  const told = `${gate.score} ${gate.asked} ${number(gate.threshold)} ${gate.unit}, else ${gate.reason}; ${whole(failed)} clip(s) beyond`;
  return element("article", { class: "gate" }, element("h3", {}, path), element("p", {}, about ? `${about}. ` : "", told), gate.figure, gate.slider, gate.box);
}

function showCounts() {
  const was = tally(before), then = tally(now), body = document.querySelector("#what-if tbody");
  const row = (name, place) => {
    const change = then.count[place] - was.count[place];
    return element("tr", {}, [name, whole(was.count[place]), span(was.length[place]), whole(then.count[place]), span(then.length[place]), change > 0 ? `+${whole(change)}` : whole(change)]
      .map((text, column) => element("td", { class: column ? undefined : `text ${outcomeClass(name)}` }, text)));
  };
  body.replaceChildren(...page.outcomes.map(row));
  const moved = settable.filter((gate) => gate.now !== gate.threshold);
  let flips = 0;
  for (let k = 0; k < clips.count; k++) flips += now.outcome[k] !== before.outcome[k];
  document.getElementById("changed").textContent = moved.length ? `${whole(flips)} clip(s) end otherwise.` : "The build's own thresholds.";
  document.getElementById("command").textContent = ["share-data audit CORPUS", ...moved.map((gate) => `--set filters.${gate.filter}.${gate.field}=${gate.now}`)].join(" ");
}

function showThresholds() {
  const headings = ["outcome", "clips", "time", "clips then", "time then", "change"];
  document.querySelector("#what-if thead").replaceChildren(element("tr", {}, headings.map((text) => element("th", { scope: "col" }, text))));
  const shown = settable.filter((gate, place) => settable.findIndex((other) => other.filter === gate.filter && other.field === gate.field) === place);
  const legend = element("p", {}, page.outcomes.flatMap((name, place) => [element("span", { class: "key", style: `background:var(${colours[place]})` }), name]));
  document.getElementById("gates").before(legend);
  document.getElementById("gates").replaceChildren(...shown.map(gateCard));
  shown.forEach(draw);
  document.getElementById("reset").addEventListener("click", () => shown.forEach((gate) => gate.now !== gate.threshold && set(gate, gate.threshold)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown.forEach(draw));
  showCounts();
}
