"use strict";
// Small pieces of the page. Text is set as text: nothing from the corpus is ever read as markup.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  made.append(...children.flat().map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

function table(caption, headings, rows, textColumns = 1) {
  const cell = (kind, text, place) => element(kind, { class: place < textColumns ? "text" : undefined, scope: kind === "th" ? "col" : undefined }, text);
  return element("div", { class: "wide", tabindex: 0, role: "group", "aria-label": caption },
    element("table", {}, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, headings.map((text, place) => cell("th", text, place)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, row.map((text, place) => cell("td", text, place)))))));
}

const number = (value) => (Number.isNaN(value) || value === null || value === undefined ? "not measured" : value.toLocaleString("en", { maximumSignificantDigits: 4 }));
const whole = (value) => value.toLocaleString("en");
const outcomeClass = (name) => name.replaceAll(" ", "-");

function span(total) {
  if (total < 120) return `${total.toFixed(1)} s`;
  return total < 7200 ? `${(total / 60).toFixed(1)} min` : `${(total / 3600).toFixed(2)} h`;
}

function choice(label, name, options) {
  const select = element("select", { name }, options.map(([value, text]) => element("option", { value }, text)));
  return element("label", {}, label, select);
}

// A drawing that readers of a screen meet as one picture with this description.
function described(drawn, text) {
  for (const part of drawn.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", text);
  return drawn;
}
