"use strict";
// Draws the page from the JSON of the document (docs/inspect-json.md). Every text goes through
// textContent or an attribute, so that names of a module cannot be markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const page = document.getElementById("page");
  const SVG = "http://www.w3.org/2000/svg";

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "class") node.className = value;
      else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value);
    }
    for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
    return node;
  }
  function svg(tag, attributes, text) {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }
  const count = (n) => n.toLocaleString("en-US");
  function size(bytes) {
    if (bytes < 1000) return `${bytes} B`;
    let value = bytes, unit = "";
    for (const next of ["KB", "MB", "GB", "TB"]) {
      if (value < 999.95) break;
      value /= 1000;
      unit = next;
    }
    return `${value.toFixed(1)} ${unit}`;
  }
  const plural = (n, word) => `${count(n)} ${word}${n === 1 ? "" : word.endsWith("ch") ? "es" : "s"}`;
  const section = (id, title, note, ...children) =>
    el("section", { id }, el("div", { class: "head" }, el("h2", {}, title), el("span", { class: "note" }, note || "")), ...children);
  const figure = (value, label, text) => el("div", { class: "figure" }, el("b", text ? { class: "text" } : {}, value), el("span", {}, label));

  // --- drawings that depend on a width ---
  const drawings = [];
  // Calls `draw` with the width of `node` when the whole page stands, and again each time that the width changes.
  function whenWidthChanges(node, draw) {
    let width = 0;
    const look = () => {
      if (node.clientWidth === width) return;
      width = node.clientWidth;
      draw(width);
    };
    drawings.push(look);
    // In the next frame: a drawing changes sizes, which an observer must not do while it is told of some.
    new ResizeObserver(() => requestAnimationFrame(look)).observe(node);
  }

  // --- a word that follows the pointer ---
  const tip = el("div", { id: "tip", role: "tooltip" });
  function tells(node, text) {
    node.addEventListener("pointermove", (event) => {
      tip.textContent = text;
      tip.style.display = "block";
      const box = tip.getBoundingClientRect();
      tip.style.left = `${Math.min(event.clientX + 14, innerWidth - box.width - 8)}px`;
      tip.style.top = `${event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 18}px`;
      event.stopPropagation();
    });
    node.addEventListener("pointerleave", () => { tip.style.display = "none"; });
    return node;
  }

  // --- header and figures ---
  const module_ = data.module, component = data.component;
  // Before a pack everything about it is in the future tense.
  const future = Boolean(module_ && data.plan && data.plan.possible && !module_.toolchain.packed_by);
  const fileName = data.path.slice(data.path.lastIndexOf("/") + 1);
  function header() {
    const theme = el("button", { id: "theme", type: "button", "aria-label": "Switch between dark and light", onclick: () => {
      const root = document.documentElement;
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
    } }, "◐");
    const made = module_ ? module_.toolchain.name : component.producers.map((p) => `${p.name} ${p.version}`).join(", ");
    const what = module_
      ? `${{ command: "A command", reactor: "A reactor", library: "A library" }[module_.shape.kind]} for ${platformText(module_.platform)}`
      : `A component of the world ${component.world}`;
    return el("header", {}, el("div", {}, el("h1", {}, fileName),
      el("p", { class: "lead" }, what + (made && made !== "unknown" ? `, made by ${made}` : "") +
        (module_ && module_.toolchain.packed_by ? `, packed by mayfly ${module_.toolchain.packed_by}` : "") + ".")), theme);
  }
  function platformText(platform) { return platform.id === "bare" ? "no known host" : platform.name; }

  function figures() {
    const list = [figure(size(data.bytes), data.kind === "module" ? "core module" : "component")];
    if (module_) {
      const dead = module_.imports.filter((i) => !i.reachable).length;
      list.push(figure(count(module_.functions.imported + module_.functions.defined), `functions, ${count(module_.functions.reachable)} reachable`));
      list.push(figure(count(module_.imports.length), dead ? `imports, ${count(dead)} out of reach` : "imports"));
      if (data.plan && data.plan.possible) {
        list.push(figure(count(module_.imports.filter((i) => i.plan && i.plan.served).length), "imports that a pack would serve inside"));
        list.push(figure(`+${size(data.plan.added.code_bytes)}`, "code that a pack would add"));
      }
    } else {
      list.push(figure(component.wasi || "none", "WASI version"), figure(count(component.core_modules), "core modules"),
        figure(count(component.imports.length), "imported interfaces"), figure(count(component.exports.length), "exported interfaces"));
    }
    if (data.content) list.push(figure(size(data.content.file_bytes), `in ${plural(data.content.files, "file")}${future ? " that would be packed" : ""}`));
    return el("div", { class: "figures" }, list);
  }

  // --- facts ---
  function runtimeChips(runtimes) {
    return el("div", { class: "chips" }, runtimes.map((r) => {
      const chip = el("span", { class: "chip" + (r.runs ? "" : r.missing ? " no" : " maybe") }, r.name);
      if (r.since) chip.append(el("small", {}, r.since));
      if (r.missing) tells(chip, `lacks ${r.missing.join(", ")}`);
      else if (r.switches) tells(chip, `needs a switch or a special build for ${r.switches.join(", ")}`);
      return chip;
    }));
  }
  function memoryText(m) {
    const page = m.page_bytes_log2 === undefined ? 65536 : 2 ** m.page_bytes_log2;
    let text = `${plural(m.min_pages, "page")} (${size(m.min_pages * page)})`;
    if (m.max_pages !== null) text += `, at most ${count(m.max_pages)}`;
    if (m.imported) text += ", imported";
    if (m.exported_as !== null) text += `, exported as “${m.exported_as}”`;
    if (m.shared) text += ", shared between threads";
    if (m.memory64) text += ", 64-bit";
    return text;
  }
  function facts() {
    const list = el("dl", { class: "facts" });
    const fact = (name, ...value) => list.append(el("dt", {}, name), el("dd", {}, ...value));
    fact("Platform", module_.platform.name + (module_.platform.detail ? ` — ${module_.platform.detail}` : ""));
    if (module_.toolchain.evidence.length) fact("Told by", module_.toolchain.evidence.join("; "));
    fact("Entry", (module_.shape.entry === null ? "none: the host calls its exports" : module_.shape.entry) + (module_.shape.start_section ? ", and a start section" : ""));
    fact("Memory", module_.memories.length ? module_.memories.map(memoryText).join("; ") : "none");
    if (module_.threads.used) fact("Threads", `${module_.threads.shared_memory ? "shared memory; " : ""}${count(module_.threads.atomic_instructions)} atomic instructions`);
    fact("Uses", module_.proposals.length
      ? el("div", { class: "chips" }, module_.proposals.map((p) => tells(el("span", { class: "chip" }, p.name), `${count(p.uses)} uses`)))
      : "WebAssembly 1.0 alone");
    fact("Runs on", runtimeChips(module_.runtimes));
    const total = module_.sections.reduce((sum, s) => sum + s.bytes, 0) || 1;
    const sections = el("details", {}, el("summary", {}, `${plural(module_.sections.length, "section")}`),
      el("div", { class: "scroll" }, el("table", {}, module_.sections.slice().sort((a, b) => b.bytes - a.bytes).slice(0, 200).map((s) =>
        el("tr", {}, el("td", { class: "name" }, s.name), el("td", { class: "num" }, size(s.bytes)),
          el("td", { class: "num" }, `${(100 * s.bytes / total).toFixed(1)} %`))))));
    fact("Sections", sections);
    return section("facts", "What it is", "", list);
  }

  // --- the plan ---
  function plan() {
    const p = data.plan;
    if (!p.possible)
      return section("plan", "Packing", "", el("p", { class: "bad" }, `Not possible: ${/^(is|starts) /.test(p.error) ? "the module " : ""}${p.error}.`),
        p.hint ? el("p", {}, p.hint) : null);
    const list = el("dl", { class: "facts" });
    const fact = (name, ...value) => list.append(el("dt", {}, name), el("dd", {}, ...value));
    fact("Would add", `${size(p.added.code_bytes)} of code (${p.layer_functions.kept} of the layer's ${p.layer_functions.total} functions), ` +
      `${size(p.added.region_bytes)} of filesystem${p.added.content_bytes ? `, ${size(p.added.content_bytes)} of files` : ""}`);
    fact("Would be placed", p.placements.length === 2 ? "shared, which runs everywhere, or isolated in a memory of its own" : "isolated, in a memory of its own");
    for (const placement of p.placements) fact(`Would run ${placement} on`, runtimeChips(p.runtimes[placement]));
    for (const note of p.notes) fact("Note", note);
    return section("plan", "Packing", "what mayfly pack would make of it", list);
  }

  // --- imports ---
  const FAMILIES = { wasi_snapshot_preview1: "WASI preview 1", wasi_unstable: "WASI preview 0", wasi_threads: "WASI threads", wasix: "WASIX",
    emscripten: "Emscripten", minified: "Minified names", go_js: "Go for JavaScript", wasm_bindgen: "wasm-bindgen", wasi_0_2: "WASI 0.2",
    wasi_0_3: "WASI 0.3", component: "Component model", assemblyscript: "AssemblyScript", other: "The host's own" };
  function fate(i) {
    if (i.plan) {
      if (i.plan.unused) return ["dead", "removed"];
      if (i.plan.stub) return ["inside", `${i.plan.served ? "inside, " : ""}${i.plan.stub}`];
      if (i.plan.served && i.plan.imported) return ["both", "inside + host"];
      if (i.plan.served) return ["inside", "inside"];
      if (i.plan.imported) return ["host", "host"];
      return i.reachable ? ["inside", "inside"] : ["dead", "dropped"];
    }
    return i.reachable ? ["host", "host"] : ["dead", "out of reach"];
  }
  const label = (i) => (i.name ? `${i.name}${i.name_certain ? "" : "?"}` : i.field);
  function entryNames(m, i) { return (i.entries || []).map((e) => (m.entries[e].kind === "table" ? "the table" : m.entries[e].name)); }
  function importRow(m, i, answer) {
    const [kind, word] = fate(i);
    const from = entryNames(m, i);
    const name = el("td", { class: "name" }, i.kind === "func" ? label(i) : `${label(i)} (${i.kind})`);
    if (i.name) name.append(" ", el("small", { class: "empty" }, `${i.module}.${i.field}`));
    else if (["other", "component", "wasi_0_2", "wasi_0_3"].includes(i.origin)) name.append(" ", el("small", { class: "empty" }, i.module));
    tells(name, `${i.module}.${i.field} ${i.type}`);
    const reach = el("td", { class: "reach" }, i.kind !== "func" ? "" : !i.reachable ? "nothing" : from.length > 1 ? `${from[0]} +${from.length - 1}` : from[0] || "");
    if (from.length > 1) tells(reach, from.slice(0, 40).join(", ") + (from.length > 40 ? ", …" : ""));
    return el("tr", i.reachable ? {} : { class: "off" }, name, el("td", { class: "meaning" }, i.meaning || i.type), reach,
      el("td", { class: "fate", "data-head": `${answer}: ` }, el("span", { class: `badge ${kind}` }, word)), el("td", { class: "why" }, (i.plan && i.plan.imported && i.plan.why) || ""));
  }
  function imports(m, title, id) {
    const box = section(id, title, "");
    if (!m.imports.length) {
      box.append(el("p", { class: "empty" }, "Nothing: the module needs no host."));
      return box;
    }
    const fates = { inside: 0, both: 0, host: 0, dead: 0 };
    for (const i of m.imports) fates[fate(i)[0]]++;
    const words = future && m === module_
      ? { inside: "would be served inside", both: "would be served inside, and by the host for its own descriptors", host: "would stay the host's", dead: "out of reach, would be removed" }
      : { inside: "served inside", both: "served inside, and by the host for its own descriptors", host: "the host's", dead: "out of reach" };
    const answer = data.plan && data.plan.possible ? "after a pack" : "answered by";
    const search = el("input", { type: "search", placeholder: "Filter", "aria-label": "Filter imports" });
    box.firstChild.append(search);
    box.append(el("div", { class: "bar" }, Object.entries(fates).filter(([, n]) => n).map(([k, n]) =>
      tells(el("i", { class: k, style: `flex:${n}` }), `${n} ${words[k]}`))));
    box.append(el("div", { class: "legend" }, Object.entries(fates).filter(([, n]) => n).map(([k, n]) =>
      el("span", {}, el("span", { class: `badge ${k}` }, count(n)), ` ${words[k]}`))));
    const families = new Map();
    for (const i of m.imports) {
      if (!families.has(i.origin)) families.set(i.origin, []);
      families.get(i.origin).push(i);
    }
    const rows = [];
    const known = [...families].sort(([a], [b]) => (a === "other") - (b === "other"));
    for (const [origin, list] of known) {
      const body = el("tbody", {}, list.map((i) => {
        const row = importRow(m, i, answer);
        rows.push([row, `${i.module}.${i.field} ${i.name || ""} ${i.meaning || ""} ${i.group || ""}`.toLowerCase()]);
        return row;
      }));
      box.append(el("div", { class: "family" }, el("div", { class: "head" }, el("h3", {}, FAMILIES[origin] || origin),
        el("span", { class: "note" }, plural(list.length, "import"))),
      el("div", { class: "scroll" }, el("table", { class: "imports" }, el("thead", {}, el("tr", {}, ["import", "what it does", "reached from", answer, ""].map((t) => el("th", {}, t)))), body))));
    }
    search.addEventListener("input", () => {
      const word = search.value.trim().toLowerCase();
      for (const [row, text] of rows) row.hidden = !text.includes(word);
      for (const family of box.querySelectorAll(".family")) family.hidden = !family.querySelector("tbody tr:not([hidden])");
    });
    return box;
  }

  // --- the reachability graph: the shortest ways to the imports, which together are a tree ---
  const LEAVES_MAX = 300;
  function tree(m) {
    const root = { children: new Map() };
    const leaves = m.imports.filter((i) => i.kind === "func" && i.chain.length);
    for (const i of leaves.slice(0, LEAVES_MAX)) {
      let at = root;
      for (const step of i.chain) {
        if (!at.children.has(step.index)) at.children.set(step.index, { name: step.name, children: new Map(), skipped: [] });
        at = at.children.get(step.index);
      }
      at.import = i;
    }
    // Runs of functions that only lead on to one other become one dotted line; pointing at its end tells them.
    const shorten = (node, depth) => {
      node.list = [...node.children.values()].map((child) => {
        while (depth && child.children.size === 1 && !child.import) {
          const next = [...child.children.values()][0];
          next.skipped = [...child.skipped, child.name];
          child = next;
        }
        return child;
      });
      for (const child of node.list) shorten(child, depth + 1);
      return node;
    };
    return [shorten(root, 0), leaves.length];
  }
  function graph(m) {
    const [root, leaves] = tree(m);
    const box = section("graph", "Reachability", `how calls get from the exports to the imports: the shortest way to each${leaves > LEAVES_MAX ? ` (the first ${LEAVES_MAX} of ${count(leaves)})` : ""}`);
    if (!root.list.length) {
      box.append(el("p", { class: "empty" }, "No import is reachable."));
      return box;
    }
    const stage = el("div", { class: "scroll" });
    box.append(stage);
    const unreached = m.imports.filter((i) => !i.reachable);
    if (unreached.length) box.append(el("div", { class: "legend" }, el("span", {}, "Out of reach: ", el("span", { class: "mono" }, unreached.slice(0, 60).map(label).join(", ")))));
    const draw = (width) => {
      // In columns where they fit, with shorter names on the way if need be; else as an outline, a node a row.
      let picture;
      for (let most = 40; most >= 16; most -= 4) {
        picture = drawing(root, most, 0);
        if (picture.width.baseVal.value <= width) break;
        picture = undefined;
      }
      stage.replaceChildren(picture || drawing(root, 40, width));
    };
    whenWidthChanges(stage, draw);
    return box;
  }
  // `outline`: the width that it has; 0: in columns. Names of imports, which are what is looked for, stay whole where
  // that is possible at all; what a name says of its type is told when one points at it.
  function drawing(root, most, outline) {
    const ROW = 21, STEP = 16, CHARACTER = 7.3, nodes = [], widths = [];
    let y = 0;
    const full = (n) => (n.import ? label(n.import) : n.name);
    const text = (n) => {
      const name = full(n).replace(/: func\(.*$/s, "");
      const room = outline ? Math.floor((outline - 30 - STEP * n.depth) / CHARACTER) : n.import ? 48 : most;
      return name.length > room ? `${name.slice(0, Math.max(room - 1, 4))}…` : name;
    };
    const place = (node, depth) => {
      node.depth = depth;
      widths[depth] = Math.max(widths[depth] || 0, text(node).length * CHARACTER + 20);
      nodes.push(node);
      if (outline || !node.list.length) node.y = y++ * ROW;
      for (const child of node.list) {
        child.parent = node;
        place(child, depth + 1);
      }
      if (!outline && node.list.length) node.y = node.list[0].y; // a way reads from left to right at the top
    };
    root.list.forEach((n) => place(n, 0));
    const left = [8];
    widths.forEach((w, i) => { left[i + 1] = left[i] + (i + 1 < widths.length ? Math.max(60, w + 26) : w); });
    const picture = svg("svg", { width: outline || left[left.length - 1] + 10, height: y * ROW + 16, role: "img", "aria-label": "Call tree from exports to imports" });
    const edges = svg("g"), dots = svg("g");
    picture.append(edges, dots);
    for (const n of nodes) {
      n.x = outline ? 8 + STEP * n.depth : left[n.depth];
      n.top = n.y + 14;
      if (n.parent) {
        const from = n.parent.x + 12 + text(n.parent).length * CHARACTER, middle = n.x - 16;
        n.edge = svg("path", { d: outline ? `M${n.parent.x},${n.parent.top + 6} V${n.top} H${n.x - 6}`
          : `M${from},${n.parent.top} C${middle},${n.parent.top} ${middle - 14},${n.top} ${n.x - 6},${n.top}` });
        if (n.skipped.length) n.edge.setAttribute("stroke-dasharray", "3 3");
        edges.append(n.edge);
      }
      const group = svg("g", { class: "node" });
      const colour = n.import ? `var(--${fate(n.import)[0]})` : n.parent ? "var(--soft)" : "var(--accent)";
      group.append(svg("circle", { cx: n.x, cy: n.top, r: n.import || !n.parent ? 5 : 3.5, fill: colour }),
        svg("text", { x: n.x + 9, y: n.top + 4, class: n.import || !n.parent ? "" : "soft" }, text(n)));
      const way = [];
      for (let at = n; at; at = at.parent) way.unshift(...at.skipped, full(at));
      tells(group, way.join(" → "));
      const light = (on) => { for (let at = n; at; at = at.parent) if (at.edge) at.edge.classList.toggle("lit", on); };
      group.addEventListener("pointerenter", () => light(true));
      group.addEventListener("pointerleave", () => light(false));
      dots.append(group);
    }
    return picture;
  }

  // --- the treemap ---
  const PALETTE = ["#a5b4fc", "#7dd3c0", "#fcc98b", "#f4a6b7", "#b5d99c", "#93c5fd", "#d8b4fe", "#f5d565", "#9fd8e6", "#e3b79a", "#c3c8d4"];
  function squarify(list, x, y, w, h, total, put) {
    // Rows along the shorter side, each taken as long as its worst aspect ratio gets better.
    let from = 0;
    while (from < list.length && w > 0 && h > 0 && total > 0) {
      const side = Math.min(w, h), scale = (w * h) / total;
      let sum = 0, worst = Infinity, to = from;
      for (; to < list.length; to++) {
        const next = sum + list[to].bytes, thick = (next * scale) / side;
        const ratio = Math.max((thick * side) / (list[from].bytes * scale) && (list[from].bytes * scale) / thick / thick, thick * thick / (list[to].bytes * scale));
        if (ratio > worst) break;
        worst = ratio;
        sum = next;
      }
      const thick = (sum * scale) / side;
      let along = 0;
      for (const item of list.slice(from, to)) {
        const length = (item.bytes * scale) / thick;
        if (w >= h) put(item, x, y + along, thick, length);
        else put(item, x + along, y, length, thick);
        along += length;
      }
      if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
      total -= sum;
      from = to;
    }
  }
  const extension = (name) => {
    const dot = name.lastIndexOf(".");
    return dot > 0 && name.length - dot <= 8 ? name.slice(dot) : "no suffix";
  };
  function treemap(content) {
    const box = section("treemap", "Filesystem", `${future ? "what a pack would hold: " : ""}${plural(content.files, "file")}, ${size(content.file_bytes)}, ${plural(content.directories, "directory").replace("directorys", "directories")}` +
      (content.preopens.length ? `; preopened: ${content.preopens.join(" ")}` : "") + (content.read_only ? "; read-only" : ""));
    const sums = new Map();
    (function add(node) {
      for (const child of node.children || []) {
        if (child.kind === "directory") add(child);
        else if (child.kind === "file") sums.set(extension(child.name), (sums.get(extension(child.name)) || 0) + child.bytes);
      }
    })(content.tree);
    const kinds = [...sums.keys()].filter((k) => sums.get(k)).sort((a, b) => sums.get(b) - sums.get(a));
    const colour = (name) => PALETTE[Math.min(kinds.indexOf(extension(name)), PALETTE.length - 1)];
    if (!content.file_bytes) {
      box.append(el("p", { class: "empty" }, "No files with content."));
      return box;
    }
    const crumbs = el("div", { class: "crumbs" }), map = el("div", { class: "map", role: "group", "aria-label": "Treemap of the files" });
    const list = el("div", { class: "list" });
    const LIST_MAX = 200;
    // The same directory in words, the largest first.
    function tell(trail) {
      const node = trail[trail.length - 1];
      const children = (node.children || []).slice().sort((a, b) => (b.bytes || 0) - (a.bytes || 0));
      list.replaceChildren(...children.slice(0, LIST_MAX).map((n) => {
        const directory = n.kind === "directory";
        const row = el(directory ? "button" : "div", directory ? { class: "entry", type: "button", onclick: () => show([...trail, n]) } : { class: "entry" },
          el("i", { style: `width:${node.bytes ? (100 * (n.bytes || 0) / node.bytes).toFixed(2) : 0}%` }),
          el("span", { class: "path" }, n.name + (directory ? "/" : "")), el("span", { class: "size" }, n.kind === "symlink" ? "symlink" : size(n.bytes || 0)));
        return row;
      }), ...(children.length > LIST_MAX ? [el("div", { class: "entry empty" }, `and ${count(children.length - LIST_MAX)} more`)] : []));
    }
    let budget = 0;
    function draw(trail, node, x, y, w, h, depth) {
      const list = (node.children || []).filter((n) => n.bytes > 0).sort((a, b) => b.bytes - a.bytes);
      squarify(list, x, y, w, h, list.reduce((sum, n) => sum + n.bytes, 0), (item, ix, iy, iw, ih) => {
        if (budget-- <= 0 || iw < 2.5 || ih < 2.5) return;
        const here = [...trail, item], path = "/" + here.slice(1).map((n) => n.name).join("/");
        const directory = item.kind === "directory";
        const cell = el("div", { class: directory ? "cell dir" : "cell", style: `left:${ix + 1}px;top:${iy + 1}px;width:${iw - 2}px;height:${ih - 2}px;` });
        cell.style.background = directory ? "" : colour(item.name);
        if (ih > 18 && iw > 34) cell.append(el("span", {}, item.name + (directory ? "/" : ""), ih > 18 && iw > 120 ? el("small", {}, ` ${size(item.bytes)}`) : null));
        tells(cell, `${path}${directory ? `/ — ${plural(item.files, "file")}` : ""} — ${size(item.bytes)}`);
        map.append(cell);
        if (!directory) return;
        cell.setAttribute("tabindex", "0");
        cell.setAttribute("role", "button");
        cell.setAttribute("aria-label", `${path}, ${size(item.bytes)}`);
        const open = (event) => { event.stopPropagation(); tip.style.display = "none"; show(here); };
        cell.addEventListener("click", open);
        cell.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(event); } });
        if (item.folded || iw < 40 || ih < 44 || depth > 6) cell.style.setProperty("background", item.folded || iw >= 6 ? "var(--line)" : "", "important");
        else draw(here, item, ix + 4, iy + 20, iw - 8, ih - 24, depth + 1);
      });
    }
    function show(trail) {
      crumbs.replaceChildren(...trail.map((n, i) => el("button", { type: "button", onclick: () => show(trail.slice(0, i + 1)) }, i ? `${n.name}/` : "/")));
      map.replaceChildren();
      tell(trail);
      budget = 4000;
      draw(trail, trail[trail.length - 1], 0, 0, map.clientWidth, map.clientHeight, 0);
      map.dataset.cells = String(map.childElementCount);
    }
    box.append(crumbs, el("div", { class: "files" }, map, list), el("div", { class: "legend" }, kinds.slice(0, PALETTE.length - 1).map((k, i) => el("span", {}, el("i", { style: `background:${PALETTE[i]}` }), `${k} ${size(sums.get(k))}`)),
      kinds.length >= PALETTE.length ? el("span", {}, el("i", { style: `background:${PALETTE[PALETTE.length - 1]}` }), "other") : null));
    let trail = [content.tree];
    whenWidthChanges(map, () => show(trail));
    const chosen = show;
    show = (t) => { trail = t; chosen(t); };
    return box;
  }

  // --- components ---
  function interfaces() {
    const list = (id, title, names) => section(id, title, plural(names.length, "interface"),
      names.length ? el("div", { class: "scroll" }, el("table", {}, names.map((n) => el("tr", {}, el("td", { class: "name" }, n.name), el("td", { class: "meaning" }, n.meaning || ""))))) : el("p", { class: "empty" }, "none"));
    const modules = section("modules", "Core modules", component.nested_components ? `some in ${plural(component.nested_components, "nested component")}` : "",
      el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, ["", "size", "functions", "imports", "made by"].map((t) => el("th", {}, t)))),
        el("tbody", {}, component.modules.map((m, i) => el("tr", {}, el("td", {}, `#${i}`), el("td", {}, size(m.bytes)), el("td", {}, count(m.functions.defined)),
          el("td", {}, `${count(m.imports.filter((x) => x.reachable).length)} of ${count(m.imports.length)} reachable`), el("td", { class: "why" }, m.toolchain.name)))))));
    return [list("imports", "Imports", component.imports), list("exports", "Exports", component.exports), modules];
  }

  page.append(header(), figures());
  if (module_) {
    page.append(facts());
    if (data.plan) page.append(plan());
    if (data.content) page.append(treemap(data.content));
    page.append(imports(module_, "Imports", "imports"), graph(module_));
  } else {
    page.append(...interfaces());
    const main = component.modules.slice().sort((a, b) => b.bytes - a.bytes)[0];
    if (main) page.append(imports(main, `Imports of core module #${component.modules.indexOf(main)}`, "main-imports"), graph(main));
  }
  if (data.content_error) page.append(section("treemap", "Filesystem", data.content_error));
  page.append(el("footer", {}, `mayfly ${data.mayfly} inspect ${data.path}`), tip);
  for (const draw of drawings) draw();
  page.dataset.ready = "true";
})();
