// The page: filters, a few cases at a time, keys, and the file that is handed in.
(() => {
  const STATES = ["waiting", "differing", "decided"];
  const view = { state: "", rule: "", poll: "", code: "", at: 0, found: [], current: null };

  const option = (value, label) => el("option", { value }, label);

  function fillSelects() {
    const count = (test) => number(DATA.cases.filter(test).length);
    $("member").append(option("", T("member.choose")), ...DATA.members.map(([name]) => option(name, name)));
    $("member").value = State.member;
    const mine = (c) => c.m.some((m) => State.asks(c, m));
    $("by-state").append(option("", `${T("filter.all")} (${number(DATA.cases.length)})`), option("mine", T("filter.mine")),
      ...STATES.map((s) => option(s, `${T("state." + s)} (${count((c) => c.s === s)})`)));
    const rules = Object.keys(DATA.rules).map((id) => [id, DATA.cases.filter((c) => c.m.some((m) => m.h.includes(id))).length]);
    $("by-rule").append(option("", T("filter.all")),
      ...rules.filter(([, n]) => n).map(([id, n]) => option(id, `${DATA.rules[id].name} (${number(n)})`)));
    $("by-poll").append(option("", T("filter.all")), ...DATA.polls.map((name, i) => option(String(i), `${name} (${count((c) => c.p === i)})`)));
    if (DATA.cases.some((c) => c.p < 0)) $("by-poll").append(option("-1", `${T("case.no-poll")} (${count((c) => c.p < 0)})`));
    view.mine = mine;
  }

  function search() {
    const code = view.code.trim().toUpperCase();
    view.found = DATA.cases.map((c, i) => [c, i]).filter(([c]) =>
      (!view.state || (view.state === "mine" ? view.mine(c) : c.s === view.state)) &&
      (!view.rule || c.m.some((m) => m.h.includes(view.rule))) &&
      (!view.poll || c.p === Number(view.poll)) &&
      (!code || c.k.toUpperCase().includes(code) || c.g.some((p) => (p.c || "").includes(code) || p.n.toUpperCase().includes(code))));
    view.at = 0;
    view.current = null;
  }

  function draw() {
    const shown = view.found.slice(view.at, view.at + DATA.batch);
    const changed = () => {
      say("");
      counted();
    };
    const cards = shown.map(([c, i]) => Cards.card(c, i, changed));
    if (!shown.length && DATA.cases.length) cards.push(el("p", { class: "notice" }, T("filter.nothing")));
    if (DATA.cases.length) $("cases").replaceChildren(...cards);
    for (const place of ["pager-top", "pager-end"]) $(place).replaceChildren(...pager());
    counted();
  }

  function pager() {
    const pages = Math.ceil(view.found.length / DATA.batch), page = view.at / DATA.batch;
    if (!view.found.length) return [];
    const last = Math.min(view.at + DATA.batch, view.found.length);
    const go = (to) => () => turn(to);
    const range = el("span", null, T("pager.range", { first: number(view.at + 1), last: number(last), all: number(view.found.length) }));
    if (pages < 2) return [range];
    return [range, el("button", { type: "button", disabled: page === 0, onclick: go(page - 1) }, T("pager.previous")),
      el("label", null, T("pager.page"), " ", el("select", { onchange: (e) => turn(Number(e.target.value)) },
        Array.from({ length: pages }, (_, i) => el("option", { value: i, selected: i === page }, `${i + 1}/${pages}`)))),
      el("button", { type: "button", disabled: page === pages - 1, onclick: go(page + 1) }, T("pager.next"))];
  }

  function turn(page) {
    view.at = page * DATA.batch;
    view.current = null;
    draw();
    $("pager-top").scrollIntoView();
  }

  // How much is left, said after every choice.
  function counted() {
    let matters = 0, ballots = 0, waiting = 0;
    for (const c of DATA.cases) {
      const open = c.m.filter((m) => State.asks(c, m)).length;
      matters += open;
      ballots += open ? 1 : 0;
      waiting += c.s === "decided" ? 0 : 1;
    }
    const drafts = State.drafts().length;
    const say = State.member ? T("left.mine", { matters: number(matters), ballots: number(ballots), drafts: number(drafts) })
      : T("left.all", { waiting: number(waiting), all: number(DATA.cases.length) });
    if ($("left").textContent !== say) $("left").textContent = say;
    $("save").disabled = !drafts;
  }

  function say(words, bad) {
    $("said").textContent = words;
    $("said").classList.toggle("bad", Boolean(bad));
  }

  // ------------------------------------------------------------ moving about

  const matterId = (i, n) => `case-${i}-${n}`;

  // The next matter that still waits for this member (or for anybody, before a member is chosen), or simply the next.
  function move(step) {
    const list = view.found.flatMap(([c, i], k) => c.m.map((m, n) => ({ c, m, id: matterId(i, n), k })));
    if (!list.length) return;
    const at = list.findIndex((x) => x.id === view.current);
    const first = at >= 0 ? at + step : step > 0 ? list.findIndex((x) => x.k >= view.at) : -1;
    const wanted = (x) => (State.member ? State.asks(x.c, x.m) : x.m.s === "waiting" || x.m.s === "differing");
    let to = first;
    while (to >= 0 && to < list.length && !wanted(list[to])) to += step;
    if (to < 0 || to >= list.length) {
      say(T(step > 0 ? "moved.last" : "moved.first"));
      return;
    }
    show(list[to].id, list[to].k);
  }

  function show(id, k) {
    if (k < view.at || k >= view.at + DATA.batch) {
      view.at = Math.floor(k / DATA.batch) * DATA.batch;
      draw();
    }
    view.current = id;
    say("");
    const node = $(id);
    const first = !node.previousElementSibling;  // then the head of its ballot is shown too
    (first ? node.closest("article") : node).scrollIntoView({ block: "start" });
    node.focus({ preventScroll: true });
  }

  function currentMatter() {
    const inside = document.activeElement && document.activeElement.closest(".matter");
    if (inside) view.current = inside.id;
    return view.current ? $(view.current) : null;
  }

  function key(event) {
    if (!$("keys").checked || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    const press = event.key.toLowerCase(), node = currentMatter();
    if (press === "j" || press === "n") move(1);
    else if (press === "k" || press === "p") move(-1);
    else if (press === "s") save();
    else if (press === "o") $("overlay").click();
    else if (press === "g" && node) node.querySelector("textarea").focus();
    else if (/^[1-9]$/.test(press) && node) {
      const again = node.querySelector("details.again");
      if (again) again.open = true;
      const choice = node.querySelectorAll("input[type=radio]")[Number(press) - 1];
      if (!choice || choice.disabled) return;
      choice.click();
      choice.focus();
    } else return;
    event.preventDefault();
  }

  // ------------------------------------------------------------ the file

  function save() {
    if (!State.member) {
      say(T("member.first"), true);
      $("member").focus();
      return;
    }
    const drafts = State.drafts(), open = drafts.find(([, m, draft]) => !State.complete(m, draft));
    if (!drafts.length) {
      say(T("save.nothing"), true);
      return;
    }
    if (open) {
      const [c, m] = open, i = DATA.cases.indexOf(c);
      if (!view.found.some(([, n]) => n === i)) clearFilters();
      show(matterId(i, c.m.indexOf(m)), view.found.findIndex(([, n]) => n === i));
      const node = $(view.current), again = node.querySelector("details.again");
      if (again) again.open = true;
      node.querySelector("textarea").focus();
      say(T("save.grounds"), true);
      return;
    }
    const name = State.nextFile();
    const address = URL.createObjectURL(new Blob([State.file()], { type: "application/json" }));
    const link = el("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    say(T("save.done", { name, count: number(drafts.length) }));
  }

  function clearFilters() {
    for (const [id, name] of [["by-state", "state"], ["by-rule", "rule"], ["by-poll", "poll"], ["by-code", "code"]]) {
      $(id).value = "";
      view[name] = "";
    }
    search();
    draw();
  }

  // ------------------------------------------------------------ start

  fillSelects();
  for (const state of ["m", "u", "e", "k"]) $(`legend-${state}`).append(Pictures.sample(state));
  for (const [id, name] of [["by-state", "state"], ["by-rule", "rule"], ["by-poll", "poll"], ["by-code", "code"]])
    $(id).addEventListener(id === "by-code" ? "input" : "change", (event) => {
      view[name] = event.target.value;
      search();
      draw();
    });
  $("member").addEventListener("change", (event) => {
    State.member = event.target.value;
    if (view.state === "mine") search();
    draw();
  });
  $("overlay").addEventListener("change", (event) => document.body.classList.toggle("bare", !event.target.checked));
  $("next").addEventListener("click", () => move(1));
  $("previous").addEventListener("click", () => move(-1));
  $("save").addEventListener("click", save);
  document.addEventListener("keydown", key);
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("img").forEach((img) => (img.loading = "eager"));
    if ($("effect")) $("effect").open = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!State.keeps && State.drafts().length) event.preventDefault();
  });
  $("bar").hidden = false;
  $("how").open = !State.member && DATA.cases.length > 0;
  search();
  draw();
  if (!State.keeps) say(T("draft.not-kept"), true);
})();
