"use strict";
// The clips, a page of cards at a time: found by outcome, reason, source and name, sorted by any score.
const PER_PAGE = 24;
const pictures = new Map(page.gallery.map((shown) => [shown.row, shown]));
let first = 0;

const reasonOf = (row, decided) => (decided.cause[row] >= 0 ? `${gates[decided.cause[row]].filter}: ${gates[decided.cause[row]].reason}` : said("reason", row) || said("error_class", row) || "");

function picked() {
  const form = Object.fromEntries(new FormData(document.getElementById("choice")));
  const words = form.words.toLowerCase(), wanted = form.outcome === "" ? -1 : Number(form.outcome), found = [];
  for (let row = 0; row < clips.count; row++) {
    if (form.set === "flips" ? now.outcome[row] === before.outcome[row] : form.set === "twins" ? !page.footage.links[row] : form.set && !(pictures.get(row)?.why.includes(form.set))) continue;
    if (wanted >= 0 && now.outcome[row] !== wanted) continue;
    if (form.source && said("source", row) !== form.source) continue;
    if (form.reason && reasonOf(row, now) !== form.reason) continue;
    if (words && !`${clips.unit[row]} ${clips.file[row]} ${labels(row)}`.toLowerCase().includes(words)) continue;
    found.push(row);
  }
  const values = scoreOf[form.sort]?.values;
  if (values) found.sort((a, b) => (Number.isNaN(values[a]) - Number.isNaN(values[b])) || (form.falling ? values[b] - values[a] : values[a] - values[b]) || a - b);
  return found;
}

// Links to the clips of the same footage, a few of them.
function twins(row) {
  const others = page.footage.links[row] ?? [];
  if (!others.length) return "";
  const link = (other) => [" ", element("a", { href: `#clip=${encodeURIComponent(clips.unit[other])}` }, clips.unit[other])];
  return element("p", {}, "same footage:", others.slice(0, 5).flatMap(link), others.length > 5 ? ` and ${whole(others.length - 5)} more` : "");
}

function card(row) {
  const shown = pictures.get(row), name = page.outcomes[now.outcome[row]], reason = reasonOf(row, now);
  const picture = shown?.image
    ? element("img", { src: shown.image, alt: `Frames of ${clips.unit[row]}${shown.drawn ? " with " + shown.drawn : ""}` })
    : element("div", { class: "none" }, "no picture of this clip is kept");
  const asked = gates.filter((gate) => scoreOf[gate.column]).map((gate) => [gate, scoreOf[gate.column].values[row]]);
  const line = ([gate, value]) => element("tr", {}, element("td", {}, `${gate.filter}.${gate.score}`),
    element("td", { class: isBeyond(value, gate.asked, gate.now) ? "beyond" : undefined }, number(value)), element("td", {}, `${gate.asked} ${number(gate.now)} ${gate.unit}`));
  const beyond = asked.filter(([gate, value]) => isBeyond(value, gate.asked, gate.now));
  const rest = asked.filter(([gate, value]) => !isBeyond(value, gate.asked, gate.now));
  const moved = now.outcome[row] === before.outcome[row] ? "" : ` (was ${page.outcomes[before.outcome[row]]})`;
  return element("article", { class: "card", id: `clip=${clips.unit[row]}`, tabindex: -1 },
    element("h3", {}, element("a", { href: `#clip=${encodeURIComponent(clips.unit[row])}` }, clips.unit[row])), picture,
    element("p", {}, element("strong", { class: outcomeClass(name) }, name), moved, reason ? `: ${reason}` : "", shown ? ` [${shown.why.join(", ")}]` : ""),
    element("p", {}, `${clips.file[row]} · ${span(seconds[row] || 0)} · ${said("source", row)}`, labels(row) && ` · ${labels(row)}`),
    twins(row),
    beyond.length ? element("table", {}, element("tbody", {}, beyond.map(line))) : "",
    element("details", {}, element("summary", {}, `${rest.length} scores within their thresholds, or not measured`), element("table", {}, element("tbody", {}, rest.map(line)))));
}

function showClips() {
  const found = picked();
  first = Math.min(first, Math.max(0, Math.floor((found.length - 1) / PER_PAGE) * PER_PAGE));
  const shown = found.slice(first, first + PER_PAGE);
  document.getElementById("cards").replaceChildren(...shown.map(card));
  document.getElementById("found").textContent = found.length ? `${whole(first + 1)} to ${whole(first + shown.length)} of ${whole(found.length)} clips` : "No clip is like that.";
  document.getElementById("back").disabled = first === 0;
  document.getElementById("on").disabled = first + PER_PAGE >= found.length;
}

function goToLink() {
  if (!location.hash.startsWith("#clip=")) return;
  let unit = "";
  try { unit = decodeURIComponent(location.hash.slice(6)); } catch { return; }
  document.getElementById("choice").reset();
  document.getElementById("choice").elements.words.value = unit;
  first = 0;
  showClips();
  document.getElementById("cards").firstElementChild?.focus();
}

function startClips() {
  const form = document.getElementById("choice");
  const reasons = new Set();
  for (let row = 0; row < clips.count; row++) if (before.outcome[row] !== KEPT) reasons.add(reasonOf(row, before));
  reasons.delete("");
  form.append(
    choice("Outcome", "outcome", [["", "any"], ...page.outcomes.map((name, place) => [place, name])]),
    choice("Reason", "reason", [["", "any"], ...[...reasons].sort().map((text) => [text, text])]),
    choice("Source", "source", [["", "any"], ...named.source.values.map((text) => [text, text])]),
    choice("Chosen for", "set", [["", "all clips"], ["borderline", "near a threshold"], ["random", "at random"], ["kept", "kept, with a picture"], ["rejected", "rejected, with a picture"], ["flips", "end otherwise now"], ["twins", "of footage that is there twice"]]),
    choice("Sort by", "sort", [["", "corpus order"], ...scores.map((score) => [score.name, score.name])]),
    element("label", {}, "Falling", element("input", { type: "checkbox", name: "falling" })),
    element("label", {}, "Name, file or label", element("input", { type: "search", name: "words" })));
  form.addEventListener("input", () => { first = 0; showClips(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("back").addEventListener("click", () => { first -= PER_PAGE; showClips(); });
  document.getElementById("on").addEventListener("click", () => { first += PER_PAGE; showClips(); });
  addEventListener("hashchange", goToLink);
  showClips();
  goToLink();
}
