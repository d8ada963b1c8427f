// Pictures: the page with its boxes drawn over it, and one row of it enlarged. All lengths are millimetres of paper.
const Pictures = (() => {
  const half = Math.floor((DATA.digits.length - 1) / 2);
  const shift = (page, i, axis) => (DATA.digits.indexOf(page.z[2 * i + axis]) - half) * 0.1;
  const points = (quad) => `${quad[0]},${quad[1]} ${quad[2]},${quad[3]} ${quad[4]},${quad[5]} ${quad[6]},${quad[7]}`;
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
    if (!page.e && c.g.some((p) => p.e)) return null;
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
      ]));
    }
    return fill(figure, null, [holder, missing()]);
  }

  // One row enlarged: the same picture, moved and scaled behind a window.
  function rowFigure(c, page, row) {
    const form = DATA.forms[c.f];
    const shape = form && form.pages.find((p) => p.page === page.a);
    const entry = shape && shape.rows.find((r) => r[0] === row);
    if (!page.e || !page.x || !entry) return null;
    const [x, y, w, h] = entry[1], [width, height] = form.size;
    const img = image(page, "");
    Object.assign(img.style, {
      width: `${(100 * width) / w}%`, height: `${(100 * height) / h}%`,
      left: `${(-100 * x) / w}%`, top: `${(-100 * y) / h}%`,
    });
    const holder = el("div", { class: "window", role: "img", "aria-label": T("picture.row", { row }) }, img);
    holder.style.aspectRatio = `${w} / ${h}`;
    const own = boxes(c, page).filter((box) => box.row === row);
    holder.append(overlay(entry[1], (room) => own.map((box) => drawn(box, room))));
    return el("figure", { class: "row" }, holder, missing());
  }

  function sample(state) {
    const box = { state, quad: [3, 3, 10, 3, 10, 10, 3, 10] };
    const picture = overlay([0, 0, 15, 13], (room) => drawn(box, room));
    picture.setAttribute("class", "overlay sample");
    return picture;
  }

  return { pageFigure, rowFigure, boxes, sample };
})();
