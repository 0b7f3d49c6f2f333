"use strict";
// What stands still: the funnel, the reasons, how scores go together, the facts. Then all of it is shown.
function showFunnel() {
  const headings = ["level", ...page.funnel.statuses, "sum", "listed"];
  document.getElementById("funnel-tables").append(
    table("Units by outcome", headings, page.funnel.levels.map((level) => [level.name, ...page.funnel.statuses.map((status) => whole(level[status])), whole(level.total), whole(level.listed)])),
    table("Seconds of video by source", ["source", ...page.outcomes], sourceRows()));
  for (const problem of page.funnel.problems) document.getElementById("funnel-tables").append(element("p", { class: "beyond" }, `Does not add up: ${problem}`));
}

function sourceRows() {
  const sums = named.source.values.map(() => page.outcomes.map(() => 0));
  for (let row = 0; row < clips.count; row++) sums[named.source.codes[row]][before.outcome[row]] += seconds[row] || 0;
  return sums.map((each, place) => [named.source.values[place], ...each.map(span)]);
}

function showReasons() {
  const sums = new Map();
  for (let row = 0; row < clips.count; row++) {
    if (before.outcome[row] !== REJECTED && before.outcome[row] !== FAILED) continue;
    const key = JSON.stringify([page.outcomes[before.outcome[row]], reasonOf(row, before), said("source", row), labels(row)]);
    const sum = sums.get(key) ?? [0, 0];
    sums.set(key, [sum[0] + 1, sum[1] + (seconds[row] || 0)]);
  }
  const rows = [...sums].map(([key, [count, length]]) => [...JSON.parse(key), whole(count), span(length), count]).sort((a, b) => b[6] - a[6]);
  const most = 40, shown = rows.slice(0, most).map((row) => row.slice(0, 6));
  const totals = d3.rollups(rows, (group) => d3.sum(group, (row) => row[6]), (row) => row[1]).map(([reason, count]) => ({ reason, count }));
  const chart = Plot.plot({
    marginLeft: 220, width: 640, x: { label: "clips" }, y: { label: null }, style: { background: "transparent", color: "inherit" },
    marks: [Plot.barX(totals, { x: "count", y: "reason", fill: "currentColor", fillOpacity: 0.7, sort: { y: "-x" } }), Plot.ruleX([0])],
  });
  described(chart, "Clips by reason; the table says the same");
  document.getElementById("reason-table").append(...(rows.length ? [chart] : [element("p", {}, "Every clip is kept.")]),
    table(rows.length > most ? `The ${most} most frequent of ${rows.length}` : "By reason, source and labels", ["outcome", "reason", "source", "labels", "clips", "time"], shown, 4));
}

function showCorrelations() {
  const { names, values } = page.correlations;
  const cells = names.flatMap((a, i) => names.map((b, k) => ({ a, b, value: values[i][k] })).filter((cell) => cell.value !== null));
  if (!cells.length) return;
  const chart = Plot.plot({
    marginLeft: 230, marginBottom: 190, width: Math.max(520, 260 + 24 * names.length), height: Math.max(360, 220 + 20 * names.length),
    x: { tickRotate: -60, label: null }, y: { label: null }, color: { scheme: "PuOr", domain: [-1, 1], legend: true, label: "rank correlation" },
    style: { background: "transparent", color: "inherit" }, marks: [Plot.cell(cells, { x: "a", y: "b", fill: "value", tip: true })],
  });
  described(chart, "Rank correlation of every pair of scores over the clips that have both");
  const strong = cells.filter((cell) => cell.a < cell.b).sort((p, q) => Math.abs(q.value) - Math.abs(p.value)).slice(0, 12);
  document.getElementById("correlations").append(element("div", { class: "wide", tabindex: 0, role: "group", "aria-label": "Correlations" }, chart),
    table("The strongest pairs", ["score", "score", "rank correlation"], strong.map((cell) => [cell.a, cell.b, number(cell.value)]), 2));
}

function showFacts() {
  const was = tally(before);
  document.getElementById("summary").textContent = `${whole(clips.count)} clips: ${page.outcomes.map((name, place) => `${whole(was.count[place])} ${name} (${span(was.length[place])})`).join(", ")}.`;
  const notices = document.getElementById("notices");
  notices.hidden = !page.notices.length;
  notices.append(...page.notices.map((text) => element("p", {}, text)));
  document.getElementById("facts").append(...page.facts.map((fact) => table(fact.title, fact.headings, fact.rows)), ...page.notes.map((text) => element("p", {}, text)));
}

showFacts();
showFunnel();
showReasons();
startClips();
showThresholds();
showCorrelations();
document.documentElement.dataset.ready = "yes";
