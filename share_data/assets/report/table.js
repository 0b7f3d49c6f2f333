"use strict";
// The data of the page as typed columns, and the build's decision over them.
const page = JSON.parse(document.getElementById("data").textContent);
const [KEPT, REJECTED, TO_MEASURE, FAILED] = [0, 1, 2, 3];

function bytes(text) {
  const raw = atob(text), found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
  return found.buffer;
}
const float64 = (text) => new Float64Array(bytes(text));
const uint8 = (text) => new Uint8Array(bytes(text));
const texts = (column) => ({ codes: new Int32Array(bytes(column.codes)), values: column.values });

const clips = page.clips;
const fixed = uint8(clips.fixed), reconstructed = uint8(clips.reconstructed), lost = uint8(clips.lost), pending = uint8(clips.pending), good = uint8(clips.good);
const seconds = float64(clips.seconds);
const named = Object.fromEntries(Object.entries(clips.texts).map(([name, column]) => [name, texts(column)]));
const scores = page.scores.map((score) => ({ ...score, values: float64(score.values) }));
const scoreOf = Object.fromEntries(scores.map((score) => [score.name, score]));
const gates = page.gates.map((gate) => ({ ...gate, unit: scoreOf[gate.column]?.unit ?? "", now: gate.threshold }));
const said = (name, row) => named[name].values[named[name].codes[row]];

// Labels in words: "action walk, room 19".
const labelTexts = named.labels.values.map((text) => Object.entries(JSON.parse(text || "{}")).map(([name, value]) => `${name} ${value}`).join(", "));
const labels = (row) => labelTexts[named.labels.codes[row]];

// A score that was not measured is NaN, and beyond nothing.
function isBeyond(value, asked, threshold) {
  if (asked === "<=") return value > threshold;
  if (asked === ">=") return value < threshold;
  return asked === "<" ? value >= threshold : value <= threshold;
}

function failing(gate) {
  const values = scoreOf[gate.column]?.values, found = new Uint8Array(clips.count);
  if (values) for (let i = 0; i < found.length; i++) found[i] = isBeyond(values[i], gate.asked, gate.now) ? 1 : 0;
  return found;
}

for (const gate of gates) gate.fails = failing(gate);

// `outcome` (place in `page.outcomes`) and `cause` (place in `gates`, -1 for none) of every clip.
function decide() {
  const outcome = new Uint8Array(clips.count), cause = new Int32Array(clips.count).fill(-1);
  const before = gates.map((gate, k) => k).filter((k) => gates[k].before), after = gates.map((gate, k) => k).filter((k) => !gates[k].before);
  const first = (places, row) => { if (!good[row]) for (const k of places) if (gates[k].fails[row]) return k; return -1; };
  for (let row = 0; row < clips.count; row++) {
    if (fixed[row]) { outcome[row] = fixed[row] === 2 ? FAILED : REJECTED; continue; }
    cause[row] = first(before, row);
    if (cause[row] >= 0) { outcome[row] = REJECTED; continue; }
    if (lost[row]) { outcome[row] = FAILED; continue; }
    if (reconstructed[row]) cause[row] = first(after, row);
    if (!reconstructed[row] || pending[row]) outcome[row] = TO_MEASURE;
    else outcome[row] = cause[row] >= 0 ? REJECTED : KEPT;
  }
  if (page.footage.unique) for (const group of page.footage.groups) dropDuplicates(group, outcome, cause);
  return { outcome, cause };
}

// Of clips of one footage, the best first, those that a kept one stands for; while some are not reconstructed none can be told.
function dropDuplicates(group, outcome, cause) {
  const passed = group.filter((row) => outcome[row] === KEPT);
  if (group.some((row) => outcome[row] === TO_MEASURE)) { for (const row of passed) outcome[row] = TO_MEASURE; return; }
  const kept = [], duplicate = gates.findIndex((gate) => gate.filter === "duplicates");
  for (const row of passed) {
    if (good[row] || !kept.some((other) => page.footage.links[row].includes(other))) { kept.push(row); continue; }
    outcome[row] = REJECTED;
    cause[row] = duplicate;
  }
}

function tally(decided) {
  const count = page.outcomes.map(() => 0), length = page.outcomes.map(() => 0);
  for (let row = 0; row < clips.count; row++) { count[decided.outcome[row]]++; length[decided.outcome[row]] += seconds[row] || 0; }
  return { count, length };
}

const before = decide();
let now = before;
