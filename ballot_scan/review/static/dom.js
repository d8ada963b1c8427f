// Small helpers: elements are made from data by textContent, never from strings of HTML.
const $ = (id) => document.getElementById(id);

function fill(node, attributes, parts) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in { checked: 1, disabled: 1, value: 1, hidden: 1 }) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const part of parts.flat(3)) if (part !== null && part !== undefined && part !== false) node.append(part);
  return node;
}

const el = (tag, attributes, ...parts) => fill(document.createElement(tag), attributes, parts);
const svg = (tag, attributes, ...parts) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, parts);

const DATA = JSON.parse($("data").textContent);

// A text of the page with its {fields} filled.
function T(key, values) {
  return DATA.text[key].replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? values[name] : all));
}

const number = (value, places) =>
  value.toLocaleString(DATA.lang === "vi" ? "vi-VN" : "en-GB", {
    minimumFractionDigits: places || 0,
    maximumFractionDigits: places || 0,
  });
