// Cards: one case with its pages on the left and its matters on the right.
const Cards = (() => {
  const SIGN = { waiting: "●", differing: "≠", decided: "✓", moot: "–" };

  const badge = (state) => el("span", { class: `badge ${state}` }, el("span", { "aria-hidden": "true" }, SIGN[state] + " "), T(`state.${state}`));

  function verdictName(m, verdict) {
    const choice = State.choiceOf(m, verdict);
    return choice ? choice.name : DATA.readings[verdict] || DATA.verdicts["0/" + verdict] || verdict;
  }

  function title(c) {
    if (c.t) return T("case.page");
    return T(c.y ? "case.keyed" : "case.ballot", { key: c.k.startsWith("page:") ? T("case.no-code") : c.k });
  }

  // Where the sheet is: file, page, stack. The committee finds the paper with it.
  function sheet(c, page) {
    const parts = [page.j ? T("sheet.twin") : null, page.q > 1 || /\.(pdf|tiff?)$/i.test(page.n) ? T("sheet.at", { source: page.n, page: page.q }) : page.n];
    if (page.b) parts.push(T("sheet.batch", { batch: page.b }));
    if (page.c && page.c !== c.k) parts.push(T("sheet.code", { code: page.c }));
    if (!page.e && !page.j && c.g.some((p) => !p.j && p.e)) parts.push(T("sheet.plain"));
    return el("p", { class: page.j ? "sheet twin" : "sheet" }, parts.filter(Boolean).join(" · "));
  }

  function machine(c, m) {
    if (!m.r) return null;
    const page = c.g.find((p) => !p.j && p.v && p.v[m.r]);
    const cells = page ? Pictures.boxes(c, page).filter((box) => box.row === m.r) : [];
    return el("div", { class: "machine" },
      el("p", null, el("strong", null, T("machine.read"), " "), DATA.readings[m.i] || m.i),
      cells.length ? el("ul", { class: "cells" }, cells.map((box) =>
        el("li", { class: box.state }, el("b", null, DATA.readings[box.level] || box.level), " ",
          T(`box.${box.state === "-" ? "none" : box.state}`), " ",
          el("span", { class: "share" }, T("box.coverage", { share: number(box.coverage, 1) }))))) : null);
  }

  // Why marks of a row are unclear, box by box; "" where two scans or two operators differ.
  const doubts = (m) => (m.d || []).map(([level, ...why]) => `${DATA.readings[level] || level}: ${why.map((id) => DATA.doubts[id]).join(", ")}`).join("; ");

  function reasons(c, m) {
    return el("ul", { class: "reasons" }, m.h.map((id) => {
      const rule = DATA.rules[id], told = id === "unsure-mark" && doubts(m), why = told || (c.t && c.g[0].w ? c.g[0].w : rule.why);
      return el("li", null,
        el("p", { class: "why" }, el("strong", null, rule.name + ". "), why, m.w ? el("b", null, ` ${m.w}`) : null),
        el("p", { class: "clause" }, T(`scope.${rule.scope}`), rule.ground ? ` ${T("ground", { ground: rule.ground })}` : "", " ",
          el("cite", null, rule.clause ? T("clause.given", { clause: rule.clause }) : T("clause.none"))));
    }));
  }

  function change(m) {
    const before = m.r ? DATA.readings[m.i] || m.i : T("before.ballot");
    return el("p", { class: "change" },
      el("span", { class: m.a === m.i ? "before" : "before changed" }, el("small", null, T("before.label"), " "), before),
      el("span", { class: "arrow", "aria-label": T("before.to") }, " → "),
      el("span", { class: "after" }, el("small", null, T("after.label"), " "), verdictName(m, m.a)),
      el("span", { class: "by" }, T("after.by", { members: (m.b || []).join(", ") }), m.g ? ` ${T("after.grounds", { grounds: m.g })}` : ""));
  }

  // Opinions of others stay closed until one has an own one, or where they differ.
  function opinions(m) {
    if (!m.v || m.s === "decided") return null;
    const list = el("ul", null, m.v.map(([who, verdict, grounds]) =>
      el("li", null, el("b", null, who), `: ${verdictName(m, verdict)}`, grounds ? ` – ${grounds}` : "")));
    if (m.s === "differing") return el("div", { class: "voices differing" }, el("p", null, T("voices.differ")), list);
    const open = Boolean(State.recorded(m));
    return el("details", { class: "voices", open }, el("summary", null, T("voices.count", { count: m.v.length })), list);
  }

  // The member's own conclusion: verdicts with what each would mean, grounds below.
  function choose(c, m, id, changed) {
    const may = State.may(c), draft = State.draft(c, m), said = State.recorded(m);
    const current = draft ? draft.v : said ? said[1] : "";
    const grounds = el("textarea", { id: `${id}-g`, rows: 2, maxlength: DATA.longest, disabled: !may, value: draft ? draft.g : said ? said[2] || "" : "" });
    const need = el("p", { class: "need", hidden: true }, T("grounds.needed"));
    const undo = el("button", { type: "button", class: "quiet", hidden: !draft }, T("undo"));
    const inputs = [];
    const put = () => {
      const chosen = inputs.find((i) => i.checked);
      if (!chosen) return;
      State.put(c, m, chosen.value, grounds.value);
      show();
      changed();
    };
    const show = () => {
      const own = State.draft(c, m);
      undo.hidden = !own;
      need.hidden = !own || State.complete(m, own);
      grounds.setAttribute("aria-invalid", String(!need.hidden));
      inputs.forEach((i) => i.closest("li").classList.toggle("chosen", i.checked));
    };
    const options = el("ol", { class: "choices" }, m.c.map((at, n) => {
      const choice = DATA.choices[at], own = `${id}-${n}`;
      const input = el("input", { type: "radio", name: id, id: own, value: choice.v, checked: choice.v === current, disabled: !may, "aria-describedby": `${own}-m`, onchange: put });
      inputs.push(input);
      return el("li", null, input, el("label", { for: own }, el("kbd", null, String(n + 1)), " ", choice.name),
        el("span", { class: "means", id: `${own}-m` }, choice.means));
    }));
    undo.addEventListener("click", () => {
      State.put(c, m, "", "");
      inputs.forEach((i) => (i.checked = Boolean(said) && i.value === said[1]));
      grounds.value = said ? said[2] || "" : "";
      show();
      changed();
      inputs[0].focus();
    });
    grounds.addEventListener("input", put);
    const rule = m.h.map((h) => DATA.rules[h]).find((r) => r.ground && (!c.t || r.scope === "ballot"));
    const ready = rule && rule.ground + (rule.clause ? ` (${rule.clause})` : "");
    const use = ready ? el("button", { type: "button", class: "quiet", disabled: !may, title: ready, onclick: () => {
      grounds.value = grounds.value.trim() ? `${grounds.value.trim()}; ${ready}` : ready;
      put();
      grounds.focus();
    } }, T("grounds.use")) : null;
    const note = !State.member ? T("member.first") : !may ? T("member.other-team") : "";
    const block = el("fieldset", { class: "choose" }, el("legend", null, T(m.s === "decided" ? "choose.again" : "choose.legend")),
      note ? el("p", { class: "blocked" }, note) : null, options,
      el("div", { class: "grounds" }, el("label", { for: `${id}-g` }, T("grounds.label")), grounds, el("div", { class: "tools" }, use, undo), need));
    show();
    return m.s === "decided" || m.s === "moot" ? el("details", { class: "again", open: Boolean(draft) }, el("summary", null, T("again")), block) : block;
  }

  function matter(c, m, id, changed) {
    const form = DATA.forms[c.f], person = m.r && form ? form.people[m.r - 1] : null;
    const name = m.r ? T("matter.row", { row: m.r, name: person ? person[0] : "" }) : T(c.t ? "matter.page" : "matter.ballot");
    const own = c.g.filter((page) => !page.j); // not of another ballot that looks the same
    const rows = m.r ? own.map((page) => Pictures.rowFigure(c, page, m.r)).filter(Boolean)
      : m.u === "extra-writing" ? own.map((page) => Pictures.inkFigures(c, page)) : [];
    return el("section", { class: `matter ${m.s}`, id, tabindex: "-1", "aria-label": name },
      el("header", null, el("h3", null, name), person && person[1] ? el("p", { class: "post" }, person[1]) : null, badge(m.s)),
      rows, machine(c, m), reasons(c, m), m.a ? change(m) : null,
      m.s === "moot" ? el("p", { class: "note" }, T("moot")) : null, opinions(m), choose(c, m, id, changed));
  }

  function card(c, at, changed) {
    const form = DATA.forms[c.f], poll = c.p < 0 ? T("case.no-poll") : DATA.polls[c.p];
    const id = `case-${at}`;
    return el("article", { class: `case ${c.s}`, id, "aria-labelledby": `${id}-t` },
      el("header", { class: "head" }, el("h2", { id: `${id}-t` }, title(c)),
        form && form.test ? el("span", { class: "badge test" }, T("case.test")) : null, badge(c.s),
        el("p", { class: "place" }, poll, form && form.title ? ` · ${form.title}` : "", " · ", T(`outcome.${c.t ? "page" : "ballot"}.${c.o}`))),
      el("div", { class: "body" },
        el("div", { class: "pages" }, c.g.length ? c.g.map((page) => [Pictures.pageFigure(c, page), sheet(c, page)])
          : el("figure", { class: "page" }, el("p", { class: "gone" }, T("picture.keyed")))),
        el("div", { class: "matters" }, c.m.map((m, n) => matter(c, m, `${id}-${n}`, changed)))));
  }

  return { card };
})();
