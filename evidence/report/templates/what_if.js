(() => {
  // ---- numbers: the closed formulas, and nothing that is judged
  const above = (z) => { // Pr(Z > z): a series of positive terms, or the tail's continued fraction
    const x = Math.abs(z) / Math.SQRT2;
    let half;
    if (x < 2.5) {
      let term = x, total = x;
      for (let k = 1; term > total * 1e-17; k += 1) { term *= 2 * x * x / (2 * k + 1); total += term; }
      half = 0.5 - Math.exp(-x * x) * total / Math.sqrt(Math.PI);
    } else {
      let tail = 0;
      for (let k = 60; k >= 1; k -= 1) tail = k / 2 / (x + tail);
      half = Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + tail) / 2;
    }
    return z >= 0 ? half : 1 - half;
  };
  const halfStep = (x) => { // Γ(x + ½) / Γ(x)
    let product = 1, y = x;
    while (y < 30) { product *= y / (y + 0.5); y += 1; }
    return product * Math.sqrt(y) * (1 + (-1 / 8 + (1 / 128 + (5 / 1024 + (-21 / 32768 + (-399 / 262144 + 869 / 4194304 / y) / y) / y) / y) / y) / y);
  };
  const density = (t, df) => halfStep(df / 2) / Math.sqrt(df * Math.PI) * Math.exp(-(df + 1) / 2 * Math.log1p(t * t / df));
  const fraction = (a, b, x) => { // of the incomplete beta function, by Lentz
    const tiny = 1e-300;
    let c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (Math.abs(d) < tiny ? tiny : d);
    let h = d;
    for (let m = 1; m < 20000; m += 1) {
      const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      let change = 1;
      for (const step of [even, odd]) {
        d = 1 + step * d; d = 1 / (Math.abs(d) < tiny ? tiny : d);
        c = 1 + step / c; c = Math.abs(c) < tiny ? tiny : c;
        change = d * c;
        h *= change;
      }
      if (Math.abs(change - 1) < 1e-16) break;
    }
    return h;
  };
  const aboveT = (t, df) => { // Pr(T > t), t >= 0
    const x = df / (df + t * t);
    // x^a (1 − x)^½ / B(a, ½), with a = df / 2: the density times what makes it one
    const front = density(t, df) * t;
    if (x < (df / 2 + 1) / (df / 2 + 2.5)) return front * fraction(df / 2, 0.5, x) / df;
    return 0.5 - front * fraction(0.5, df / 2, 1 - x);
  };
  const quantile = (model, df) => { // two-sided, of the model's level
    if (df === null) return model.z;
    const tail = (1 - model.level) / 2;
    let low = 0, high = model.z;
    while (aboveT(high, df) > tail) { low = high; high *= 2; }
    let t = (low + high) / 2;
    for (let i = 0; i < 200; i += 1) {
      const excess = aboveT(t, df) - tail;
      if (excess > 0) low = t; else high = t;
      let next = t + excess / density(t, df);
      if (!(next > low && next < high)) next = (low + high) / 2;
      if (Math.abs(next - t) <= 1e-15 * t) return next;
      t = next;
    }
    return t;
  };
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const percentOf = (log) => 100 * Math.expm1(log);

  // ---- one result, as it would stand
  const compute = (model, set) => {
    const c = set.control, k = set.kind, control = model.controls[c], effect = model.effect;
    const moved = set.n !== null || set.sd !== null || set.r !== null || c > 0;
    const n = set.n !== null ? control.shares.map((share) => share * set.n) : control.n;
    const enrolled = control.enrolledOnly && set.n === null;
    const r = set.r !== null ? set.r : model.r;
    const people = (share) => {
      if (n !== null) return n.map((each) => each * (enrolled ? share : 1));
      return control.structure === "two_arms" ? [model.standIn / 2, model.standIn / 2] : [model.standIn];
    };
    const variance = (given, share) => {
      const used = r !== null ? r : given !== null ? given : model.rs[c][k];
      const sides = r !== null ? r : 1 - 2 * (1 - used) * (1 - model.rho);
      const inverse = sum(people(share).map((each) => 1 / each));
      if (model.counted !== "mean") {
        const part = set.n !== null ? control.shareMoved : control.share;
        const p = part === null ? 0.5 : Math.min(0.9, Math.max(0.1, part));
        if (control.structure === "before_after") return 12 / Math.PI ** 2 * inverse;
        const paired = control.structure === "two_sides" ? 2 * (1 - sides) : 1;
        return 3 / Math.PI ** 2 * inverse * paired / (p * (1 - p));
      }
      if (control.structure === "two_sides") return 2 * (1 - sides) * inverse;
      if (control.structure === "before_after") return 2 * (1 - used) * inverse;
      return { final: 1, change: 2 * (1 - used), adjusted: 1 - used ** 2 }[model.analysis] * inverse;
    };
    const chosen = [...model.rest, ...model.drift[c][k], ...model.allocation[c][set.allocation], ...model.blinding[c][set.blinding][k]]
      .map((i) => model.parts[i]);
    const results = model.results[set.registered];
    const errors = (at, given, best, share) => {
      const sampling = variance(given, share);
      const moves = sum(chosen.filter((part) => part[3]).map((part) => part[2][at]));
      const selection = best * Math.sqrt((1 - model.c) * (sampling + moves / 2));
      return { sampling, selection, units: control.unit * sampling,
        b: sum(chosen.map((part) => part[1][at])) + selection,
        s2: sum(chosen.map((part) => part[2][at])) + (1 + control.unit) * sampling };
    };
    const scoreOf = (e) => 100 * model.a2 / (model.a2 + e.s2 + e.b ** 2);
    const base = errors(model.base, null, results.m, 1);
    const score = scoreOf(base);
    let low = score, high = score;
    model.sets.forEach((_, at) => (r !== null ? [null] : [model.rLow, null, model.rHigh]).forEach((given) =>
      results.ms.forEach((best) => (enrolled ? [1, model.enrolled] : [1]).forEach((share) => {
        const one = scoreOf(errors(at, given, best, share));
        low = Math.min(low, one);
        high = Math.max(high, one);
      }))));
    const e2 = base.s2 + base.b ** 2;
    const cost = (mean, spread) => (100 - score) * (mean * base.b + spread) / e2;
    const lost = [["sampling", cost(0, base.sampling)], ["selection", cost(base.selection, 0)], ["unit_of_analysis", cost(0, base.units)],
      ...chosen.map((part) => [model.names[part[0]], cost(part[1][model.base], part[2][model.base])])]
      .filter((row) => row[1] >= 0.05).sort((x, y) => y[1] - x[1]);
    const out = { score, low, high, lost, moved };

    // the printed magnitude in SDs
    const ends = () => [variance(model.rHigh, 1), variance(model.rLow, 1)];
    const has = effect.y !== undefined;
    let y = effect.y, scale = effect.scale, vi = effect.vi, printed = effect.how === "printed" && control.structure === "two_arms";
    const inverse = n === null ? null : sum(n.map((each) => 1 / each));
    let means = null;
    if (has && moved) {
      if (effect.how === "responders") {
        vi = vi === null || model.n === null || n === null || !control.compared ? null : vi * inverse / sum(model.controls[0].n.map((each) => 1 / each));
      } else if (effect.how === "means" && control.compared) {
        const [gap, first, second] = effect.means, s = set.sd === null ? [first, second] : [set.sd, set.sd];
        const all = sum(n), df = all - 2;
        const pooled = Math.sqrt(((n[0] - 1) * s[0] ** 2 + (n[1] - 1) * s[1] ** 2) / df);
        const shrink = halfStep((df - 1) / 2) / Math.sqrt(df / 2);
        const g = shrink * gap / pooled;
        y = (effect.higher ? 1 : -1) * g;
        scale = Math.abs(gap / g);
        vi = inverse + g ** 2 / (2 * all);
        means = { gap, error: Math.sqrt(s[0] ** 2 / n[0] + s[1] ** 2 / n[1]), df };
      } else {
        const sd = set.sd === null ? effect.scale : set.sd;
        y = effect.y * effect.scale / sd;
        scale = sd;
        vi = null;
        if ((effect.sdKnown || set.sd !== null) && control.compared && n !== null && !enrolled) {
          const [less, more] = ends();
          vi = printed ? inverse : less === more ? less : null;
        }
      }
    }
    // the figure with its interval, and which way it points
    out.effect = effect.reported;
    out.direction = model.direction;
    const known = effect.sdKnown || set.sd !== null;
    const spread = known ? [scale, scale] : effect.sds;
    const linear = (value, unit, less, more, df) => {
      const t = quantile(model, df);
      return { value, unit, low: value - t * more, high: value + t * more, narrowLow: value - t * less, narrowHigh: value + t * less,
        label: less === more ? "derived" : "bounded", decided: [Math.abs(value) > t * more, Math.abs(value) <= t * less] };
    };
    const figure = has ? y * scale * (effect.higher ? 1 : -1) : null;
    const given = () => {
      const [less, more] = printed ? [inverse, inverse] : ends();
      return linear(figure, effect.unit, spread[0] * Math.sqrt(less), spread[1] * Math.sqrt(more), sum(n) - n.length);
    };
    const missing = (key, value = figure, unit = effect.unit) => ({ value, unit: value === null ? "" : unit, low: null, high: null, label: "refused", reason: key });
    if (!has && moved) out.effect = missing("expected-reason", null);
    else if (moved || effect.how === "responders") {
      if (!control.compared) {
        if (effect.how === "responders") out.effect = missing("one_group", null);
        else if (n === null) out.effect = missing("n_missing");
        else if (effect.unit === "%" && figure > -100) {
          const log = Math.log1p(figure / 100);
          const limits = (half) => [percentOf(log - half), percentOf(log + half)];
          const one = (wide, narrow, label) => ({ value: figure, unit: "%", low: wide[0], high: wide[1], narrowLow: narrow[0], narrowHigh: narrow[1], label });
          if (spread) {
            const t = quantile(model, n[0] >= 2 && n[0] < model.few ? n[0] - 1 : null);
            const half = (sd, corr) => t * sd / 100 * Math.sqrt(2 * (1 - corr) / n[0]);
            const rs = r !== null ? [r, r] : [model.rLow, model.rHigh];
            out.effect = one(limits(half(spread[1], rs[0])), limits(half(spread[0], rs[1])), spread[0] === spread[1] && r !== null ? "derived" : "bounded");
          } else if (effect.prior) {
            const wide = limits((r !== null ? effect.prior.cv * Math.sqrt(2 * (1 - r)) : effect.prior.both) / Math.sqrt(n[0]));
            out.effect = one(wide, wide, "imputed");
          } else out.effect = missing("no_spread");
        } else out.effect = spread ? given() : missing("no_spread");
      } else if (effect.how === "means") {
        out.effect = linear(means.gap, effect.unit, means.error, means.error, means.df);
      } else if (effect.how === "responders") {
        out.effect = vi === null ? missing("n_missing") : linear(figure, effect.unit, Math.sqrt(vi), Math.sqrt(vi), null);
      } else if (n === null || !spread) out.effect = missing(n === null ? "n_missing" : "no_spread");
      else out.effect = given();
    }
    if (moved) {
      const seen = out.effect, way = seen.value === null ? 0 : Math.sign(seen.value) * (effect.higher ? 1 : -1);
      const [sure, open] = seen.decided || [false, false];
      out.direction = !control.compared ? "uncontrolled" : sure && way ? (way > 0 ? "in favour" : "against") : open ? "no difference shown" : "not readable";
    }
    // what to expect of the truth
    out.mid = set.mid !== null ? set.mid : effect.mid ?? null;
    out.expected = null;
    if (has) {
      const shrink = model.a2 / (model.a2 + base.s2), mean = shrink * (y - base.b), sd = Math.sqrt(shrink * base.s2);
      out.expected = { value: mean * scale, low: (mean - model.z * sd) * scale, high: (mean + model.z * sd) * scale };
      out.aboveZero = above(-mean / sd);
      out.aboveMid = out.mid === null ? null : above((out.mid / scale - mean) / sd);
    }
    out.reason = !has ? "probability-reason" : !control.compared ? "no_control" : n === null ? "no_people" : vi === null ? "no_variance" : "";
    if (!out.reason) {
      out.benefit = model.sets.slice(0, model.shown).map((_, at) => {
        const mean = y - sum(chosen.map((part) => part[1][at]));
        const sd = Math.sqrt(vi + sum(chosen.map((part) => part[2][at])) + control.unit * variance(null, 1));
        return above(((out.mid === null ? 0 : out.mid / scale) - mean) / sd);
      });
    }
    return out;
  };

  // ---- in words, from the templates of the document
  const number = (value, digits) => { // as the package prints it: to even where it is a tie
    let text = Math.abs(value).toFixed(digits);
    const exact = Math.abs(value).toFixed(Math.min(100, digits + 60)).slice(digits ? text.length : text.length + 1);
    if (/^50*$/.test(exact)) {
      const floor = Math.abs(value).toFixed(Math.min(100, digits + 60)).slice(0, text.length);
      if (Number(floor.at(-1)) % 2 === 0) text = floor;
    }
    const [whole, rest] = text.split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? "." + rest : "");
    return (value < 0 && /[1-9]/.test(grouped) ? "\u2212" : "") + grouped;
  };
  const chance = (p) => {
    if (!(p >= 0.001 && p <= 0.999)) return p < 0.5 ? "<0.1 %" : ">99.9 %";
    return number(100 * p, p >= 0.01 && p <= 0.99 ? 0 : 1) + " %";
  };
  const digitsOf = (unit) => (unit === "%" || unit === "percentage points" ? 1 : 2);

  document.querySelectorAll(".what-if").forEach((box) => {
    const model = JSON.parse(box.dataset.model), word = JSON.parse(box.dataset.words);
    const fill = (key, values) => word[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    const measured = (value, unit) => (unit ? fill("measured", { value: number(value, digitsOf(unit)), unit: word["unit-" + unit] ?? unit }) : number(value, digitsOf(unit)));
    const set = { n: null, sd: null, r: null, mid: null, control: 0, allocation: 0, blinding: 0, kind: 0, registered: 0 };
    const at = (name) => box.querySelector(`[data-out="${name}"]`);
    const put = (name, text, raw = {}) => {
      const place = at(name);
      if (place.textContent !== text) place.textContent = text;
      for (const key of Object.keys(place.dataset)) if (key !== "out") delete place.dataset[key];
      for (const [key, value] of Object.entries(raw)) if (value !== null && value !== undefined) place.dataset[key] = value;
    };
    const effectWords = (seen) => {
      if (seen.value === null) return fill("none", { reason: word[seen.reason] ?? seen.reason });
      const value = measured(seen.value, seen.unit), d = digitsOf(seen.unit);
      if (seen.low === null) return fill("no_interval", { value, reason: word[seen.reason] ?? seen.reason });
      const limits = { value, low: number(seen.low, d), high: number(seen.high, d), narrow_low: number(seen.narrowLow, d), narrow_high: number(seen.narrowHigh, d) };
      return fill(seen.narrowLow === seen.low && seen.narrowHigh === seen.high ? "one" : "bounds", limits);
    };
    const scale = box.querySelector(".if-scale");
    const render = () => {
      const out = compute(model, set), seen = out.effect;
      put("score", fill("of_score", { value: number(out.score, 0), low: number(out.low, 0), high: number(out.high, 0) }), { value: out.score, low: out.low, high: out.high });
      scale.style.setProperty("--low", out.low + "%");
      scale.style.setProperty("--high", out.high + "%");
      scale.style.setProperty("--value", out.score + "%");
      if (seen.value !== null && seen.low === null && seen === model.effect.reported) seen.reason = "reported-reason";
      put("effect", effectWords(seen), { value: seen.value, low: seen.low, high: seen.high, narrowLow: seen.narrowLow, narrowHigh: seen.narrowHigh });
      put("label", word[seen.label]);
      const x = out.expected, d = digitsOf(model.effect.unit);
      put("expected", x ? fill("one", { value: measured(x.value, model.effect.unit), low: number(x.low, d), high: number(x.high, d) }) : fill("none", { reason: word["expected-reason"] }), x || {});
      put("above_zero", x ? chance(out.aboveZero) : "\u2013", { value: out.aboveZero });
      put("above_mid", !x ? "\u2013" : out.aboveMid === null ? word.no_mid : chance(out.aboveMid), { value: out.aboveMid });
      if (out.benefit) {
        const base = model.base < model.shown ? model.base : model.sets.indexOf("robes2018");
        const low = Math.min(...out.benefit), high = Math.max(...out.benefit), value = out.benefit[base];
        put("benefit", fill("one", { value: chance(value), low: chance(low), high: chance(high) }), { value, low, high });
      } else put("benefit", fill("not_shown", { reason: word[out.reason] }));
      const [kind, sign] = model.badges[out.direction], badge = at("direction");
      badge.className = "badge k-" + kind;
      badge.replaceChildren(Object.assign(document.createElement("span"), { className: "sign", textContent: sign, ariaHidden: "true" }), word["way-" + out.direction]);
      badge.dataset.value = out.direction;
      put("verdict", word["verdict-" + out.direction], { value: model.verdicts[out.direction] });
      at("lost").replaceChildren(...out.lost.map(([name, points]) => {
        const row = document.createElement("li"), bar = document.createElement("span"), value = document.createElement("b");
        bar.className = "if-bar";
        bar.style.setProperty("--value", points + "%");
        value.textContent = number(points, 1);
        row.dataset.name = name;
        row.dataset.value = points;
        row.append(word["lost-" + name], value, bar);
        return row;
      }));
      reset.disabled = Object.values(set).every((value) => !value);
    };
    const touched = (field, is) => {
      field.classList.toggle("if-touched", is);
      const said = field.querySelector(".if-said");
      if (said.dataset.was) said.textContent = is ? said.dataset.was : said.dataset.reported;
    };
    const resets = [];
    box.querySelectorAll(".if-field").forEach((field) => {
      const name = field.dataset.name, select = field.querySelector("select");
      if (select) {
        select.addEventListener("input", () => { set[name] = select.selectedIndex; touched(field, set[name] > 0); render(); });
        resets.push(() => { select.selectedIndex = 0; touched(field, false); });
        return;
      }
      const typed = field.querySelector("input[type=number]"), slider = field.querySelector("input[type=range]"), said = field.querySelector(".if-said");
      const least = Number(typed.min), most = Number(typed.max), start = typed.value;
      const rest = slider.value;
      const wrong = (is) => {
        typed.toggleAttribute("aria-invalid", is);
        if (is) { typed.setAttribute("aria-invalid", "true"); said.textContent = fill("out_of_reach", { low: said.dataset.least, high: said.dataset.most }); }
      };
      const take = (value) => { set[name] = value; touched(field, value !== null); wrong(false); render(); };
      typed.addEventListener("input", () => {
        const value = typed.valueAsNumber;
        if (typed.value === "" && !typed.validity.badInput) { slider.value = rest; take(null); return; }
        if (!(value >= least && value <= most)) { wrong(true); return; }
        slider.value = value;
        take(value);
      });
      slider.addEventListener("input", () => { typed.value = slider.value; take(slider.valueAsNumber); });
      resets.push(() => { typed.value = start; slider.value = rest; set[name] = null; touched(field, false); wrong(false); });
    });
    const reset = box.querySelector("[data-act=reset]");
    reset.addEventListener("click", () => {
      resets.forEach((back) => back());
      for (const name of ["control", "allocation", "blinding", "kind", "registered"]) set[name] = 0;
      render();
    });
    box.querySelector(".if-panel").hidden = false;
    box.querySelector(".if-table").open = false;
    render();
  });
})();
