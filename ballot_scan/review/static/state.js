// What this member has said and not handed in yet: kept in the browser under the event's name, so that a reload loses
// nothing. A draft is about the pages as they were: scanned again, it no longer shows.
const State = (() => {
  const room = `${DATA.format}:${DATA.event}`;
  const all = { drafts: {}, saved: {} };
  let keeps = true;
  let member = "";

  try {
    const kept = JSON.parse(localStorage.getItem(room) || "{}");
    Object.assign(all.drafts, kept.drafts);
    Object.assign(all.saved, kept.saved);
    member = DATA.members.some((m) => m[0] === kept.member) ? kept.member : "";
  } catch (fault) {
    keeps = false;
  }

  function keep() {
    try {
      localStorage.setItem(room, JSON.stringify({ member, drafts: all.drafts, saved: all.saved }));
    } catch (fault) {
      keeps = false;
    }
  }

  const pollId = (c) => (c.p < 0 ? c.pi || "" : DATA.pollIds[c.p]);
  const names = new Map();
  const name = (c, m) => {
    if (!names.has(m)) names.set(m, JSON.stringify([pollId(c), c.fi || "", c.k, m.u || "", m.r || 0, c.d]));
    return names.get(m);
  };
  const mine = () => (all.drafts[member] = all.drafts[member] || {});
  const choiceOf = (m, verdict) => m.c.map((i) => DATA.choices[i]).find((x) => x.v === verdict);

  return {
    get member() {
      return member;
    },
    set member(value) {
      member = value;
      keep();
    },
    get keeps() {
      return keeps;
    },
    pollId,
    choiceOf,
    // Whether the member chosen is on the counting team of the case's poll.
    may(c) {
      const entry = DATA.members.find((m) => m[0] === member);
      return Boolean(entry) && (c.p < 0 || entry[1].includes(c.p));
    },
    draft(c, m) {
      return member ? mine()[name(c, m)] || null : null;
    },
    // What the member said before, as it stands in the record.
    recorded(m) {
      return (m.v || []).find((v) => v[0] === member) || null;
    },
    put(c, m, verdict, grounds) {
      const said = State.recorded(m);
      if (!verdict || (said && said[1] === verdict && (said[2] || "") === grounds)) delete mine()[name(c, m)];
      else mine()[name(c, m)] = { v: verdict, g: grounds };
      keep();
    },
    complete(m, draft) {
      const choice = choiceOf(m, draft.v);
      return Boolean(choice) && (!choice.grounds || Boolean(clean(draft.g)));
    },
    // Whether something on the ballot takes it out by itself, in this member's own words.
    out(c) {
      return c.m.some((m) => {
        const own = State.draft(c, m), said = State.recorded(m);
        const choice = choiceOf(m, own ? own.v : said ? said[1] : "");
        return Boolean(choice && choice.spoils);
      });
    },
    // Whether a matter still waits for this member; where members differ it waits for both to think again.
    asks(c, m) {
      if (m.s === "decided" || m.s === "moot" || !State.may(c)) return false;
      const own = State.draft(c, m);
      if (own) return !State.complete(m, own);
      if (State.recorded(m)) return m.s === "differing";
      return !State.out(c);
    },
    // Every draft that still fits a case of this page: [case, matter, draft].
    drafts() {
      const found = [];
      if (member)
        for (const c of DATA.cases)
          for (const m of c.m) {
            const draft = State.draft(c, m);
            if (draft && State.may(c) && choiceOf(m, draft.v)) found.push([c, m, draft]);
          }
      return found;
    },
    file() {
      const decisions = State.drafts().map(([c, m, draft]) => ({
        poll: pollId(c), form: c.fi || "", ballot: c.k, rule: m.u || "", row: m.r || null,
        verdict: draft.v, grounds: clean(draft.g), digests: c.d,
      }));
      return sealed({ format: DATA.format, event: DATA.event, member, review: DATA.review, decisions });
    },
    nextFile() {
      all.saved[member] = (all.saved[member] || 0) + 1;
      keep();
      return `decisions-${slug(member)}-${all.saved[member]}.json`;
    },
  };
})();
