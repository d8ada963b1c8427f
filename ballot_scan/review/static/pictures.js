// Pictures: the page with its boxes drawn over it, and one row of it enlarged. All lengths are millimetres of paper.
const Pictures = (() => {
  const half = Math.floor((DATA.digits.length - 1) / 2);
  const shift = (page, i, axis) => (DATA.digits.indexOf(page.z[2 * i + axis]) - half) * 0.1;
  const points = (quad) => `${quad[0]},${quad[1]} ${quad[2]},${quad[3]} ${quad[4]},${quad[5]} ${quad[6]},${quad[7]}`;
  const INK_SHOWN = 4; // places of writing enlarged on one page
  let serial = 0;

  // Boxes of a page as read: {row, level, state, quad}.
  function boxes(c, page) {
    const form = DATA.forms[c.f];
    const shape = form && form.pages.find((p) => p.page === page.a);
    if (!shape || !page.x) return [];
    const found = [];
    for (const [row, , rects] of shape.rows)
      rects.forEach(([x, y, w, h], column) => {
        const i = found.length, exact = ((page.v || {})[row] || [])[column];
        const a = x + shift(page, i, 0), b = y + shift(page, i, 1);
        const quad = exact ? exact.slice(1) : [a, b, a + w, b, a + w, b + h, a, b + h];
        const coverage = exact ? exact[0] / 10 : null;
        found.push({ row, level: shape.levels[column], state: page.x[i], quad, coverage, flagged: Boolean(exact) });
      });
    return found;
  }

  // One box: outline by state, a hatched band around a mark, a sign beside it, so that colour is never alone.
  function drawn(box, room) {
    const [x, y] = box.quad, w = box.quad[2] - x;
    const group = svg("g", { class: `box ${box.state}` });
    if (box.state === "m" || box.state === "u") {
      const b = 1.1, d = box.quad;
      const outer = [d[0] - b, d[1] - b, d[2] + b, d[3] - b, d[4] + b, d[5] + b, d[6] - b, d[7] + b];
      const band = `M${points(outer).replace(/ /g, " L")}Z M${points(d).replace(/ /g, " L")}Z`;
      group.append(svg("path", { d: band, "fill-rule": "evenodd", fill: `url(#${room}-${box.state})`, class: "band" }));
    }
    group.append(svg("polygon", { points: points(box.quad), class: "frame" }));
    if (box.state === "m") group.append(svg("path", { d: `M${x + w + 0.2},${y - 1.2} l1.1,1.2 l2,-2.6`, class: "sign" }));
    if (box.state === "u") group.append(svg("text", { x: x + w + 0.3, y: y + 0.4, class: "sign" }, "?"));
    return group;
  }

  function overlay(frame, parts) {
    const room = `h${++serial}`;
    const pattern = (state) =>
      svg("pattern", { id: `${room}-${state}`, width: 1.4, height: 1.4, patternUnits: "userSpaceOnUse",
        patternTransform: state === "u" ? "rotate(45)" : "rotate(-45)" },
        svg("path", { d: state === "u" ? "M0,0 V1.4 M.7,0 V1.4" : "M0,0 V1.4", class: `hatch ${state}` }));
    return svg("svg", { class: "overlay", viewBox: frame.join(" "), "aria-hidden": "true", preserveAspectRatio: "none" },
      svg("defs", null, pattern("m"), pattern("u")), parts(room));
  }

  const address = (page) => `${DATA.evidence}${page.e}.jpg`;

  function image(page, alternative) {
    const img = el("img", { src: address(page), loading: "lazy", decoding: "async", alt: alternative });
    img.addEventListener("error", () => img.closest("figure").classList.add("missing"));
    return img;
  }

  const missing = () => el("p", { class: "gone" }, T("picture.missing"));

  function pageFigure(c, page) {
    const form = DATA.forms[c.f], placed = Boolean(page.x) && form;
    const name = page.a ? T("picture.page", { page: page.a }) : T("picture.sheet");
    const figure = el("figure", { class: placed ? "page placed" : "page" });
    if (!page.e && !page.j && c.g.some((p) => !p.j && p.e)) return null;
    if (!page.e) return fill(figure, null, [el("p", { class: "gone" }, T(c.y ? "picture.keyed" : "picture.none"))]);
    const holder = el("a", { class: "paper", href: address(page), target: "_blank", rel: "noopener", title: T("picture.open") });
    holder.append(image(page, name));
    if (placed) {
      const flagged = new Set(Object.keys(page.v || {}).map(Number));
      const all = boxes(c, page), [width, height] = form.size;
      holder.style.aspectRatio = `${width} / ${height}`;
      holder.append(overlay([0, 0, width, height], (room) => [
        form.pages.find((p) => p.page === page.a).rows.filter((r) => flagged.has(r[0])).map(([, [x, y, w, h]]) =>
          svg("rect", { x: x + 1, y: y + 1.5, width: w - 2, height: h - 3, class: "spot" })),
        all.map((box) => drawn(box, room)),
        (page.k || []).map((place, n) => outlined(place, n)),
      ]));
    }
    return fill(figure, null, [holder, inkList(page), missing()]);
  }

  // Ink off the boxes: {row of a struck name or 0, x, y, w, h}; a letter says which line of the list it is.
  const letter = (n) => (n < 26 ? String.fromCharCode(65 + n) : String(n + 1));

  function outlined([, x, y, w, h], n, enlarged) {
    const size = enlarged ? 3.6 : 6, left = x > size + 1 ? x - 1.3 - 0.8 * size : x + w + 1.6;
    return svg("g", { class: enlarged ? "ink near" : "ink" },
      svg("rect", { x: x - 0.8, y: y - 0.8, width: w + 1.6, height: h + 1.6 }),
      svg("text", { x: left, y: y + h / 2 + size / 3 }, letter(n)));
  }

  function inkWords([row, , , w, h]) {
    const size = { row, width: Math.max(1, Math.round(w)), height: Math.max(1, Math.round(h)) };
    return T(row ? "ink.struck" : "ink.writing", size);
  }

  function inkList(page) {
    if (!page.k) return null;
    return el("figcaption", { class: "inks" }, el("strong", null, T("ink.title")),
      el("ul", null, page.k.map((place, n) => el("li", null, el("b", null, letter(n)), " ", inkWords(place)))));
  }

  // The places of writing enlarged, the largest first, with a hand's breadth around them.
  function inkFigures(c, page) {
    const form = DATA.forms[c.f];
    if (!form || !page.k) return [];
    const [width, height] = form.size;
    const written = page.k.map((place, n) => [place, n]).filter(([place]) => !place[0]);
    written.sort(([a], [b]) => b[3] * b[4] - a[3] * a[4]);
    return written.slice(0, INK_SHOWN).map(([place, n]) => {
      const [, x, y, w, h] = place, wide = Math.min(width, Math.max(w + 16, 90)), high = Math.min(height, Math.max(h + 10, 22));
      const left = Math.min(Math.max(0, x + w / 2 - wide / 2), width - wide);
      const top = Math.min(Math.max(0, y + h / 2 - high / 2), height - high);
      return windowFigure(c, page, [left, top, wide, high], `${letter(n)}: ${inkWords(place)}`, () => outlined(place, n, true));
    }).filter(Boolean);
  }

  // One row enlarged.
  function rowFigure(c, page, row) {
    const form = DATA.forms[c.f];
    const shape = form && form.pages.find((p) => p.page === page.a);
    const entry = shape && shape.rows.find((r) => r[0] === row);
    if (!page.e || !page.x || !entry) return null;
    const own = boxes(c, page).filter((box) => box.row === row);
    const struck = (page.k || []).map((place, n) => [place, n]).filter(([place]) => place[0] === row);
    return windowFigure(c, page, entry[1], T("picture.row", { row }), (room) =>
      [own.map((box) => drawn(box, room)), struck.map(([place, n]) => outlined(place, n, true))]);
  }

  // A part of the page, in millimetres: the same picture, moved and scaled behind a window.
  function windowFigure(c, page, part, label, parts) {
    const form = DATA.forms[c.f];
    if (!page.e || !page.x || !form) return null;
    const [x, y, w, h] = part, [width, height] = form.size;
    const img = image(page, "");
    Object.assign(img.style, {
      width: `${(100 * width) / w}%`, height: `${(100 * height) / h}%`,
      left: `${(-100 * x) / w}%`, top: `${(-100 * y) / h}%`,
    });
    const holder = el("div", { class: "window", role: "img", "aria-label": label }, img);
    holder.style.aspectRatio = `${w} / ${h}`;
    holder.append(overlay(part, parts));
    return el("figure", { class: "row" }, holder, missing());
  }

  function sample(state) {
    const box = { state, quad: [3, 3, 10, 3, 10, 10, 3, 10] };
    const picture = overlay([0, 0, 15, 13], (room) => (state === "k" ? outlined([0, 7.2, 4, 7, 5], 0) : drawn(box, room)));
    picture.setAttribute("class", "overlay sample");
    return picture;
  }

  return { pageFigure, rowFigure, inkFigures, boxes, sample };
})();
