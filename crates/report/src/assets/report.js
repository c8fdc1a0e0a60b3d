// Draws the charts, and lets tables be sorted and searched. Without it the page still says everything in its tables.
(() => {
  "use strict";
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const plots = new Map();

  const digits = (value) => {
    if (value == null) return "–";
    const size = Math.abs(value);
    if (size >= 1e4 && size < 1e15) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ").replace("-", "−");
    if (size > 0 && size < 1e-4) return value.toExponential(2).replace("-", "−");
    return String(Number(value.toPrecision(5))).replace("-", "−");
  };
  const short = (value) => (Math.abs(value) >= 1e4 ? digits(value / 1e3) + "k" : digits(value));

  // Areas lie one upon the other: each is drawn from 0 to the sum of itself and those before it, the highest first.
  const stacked = ([x, ...lines]) => {
    const sums = [];
    lines.forEach((line, index) => sums.push(line.map((value, at) => (value ?? 0) + (index ? sums[index - 1][at] : 0))));
    return [x, ...sums.reverse()];
  };

  const series = (chart) => {
    const lines = chart.series.map((line, index) => ({ ...line, values: chart.data[index + 1] }));
    if (chart.stacked) lines.reverse();
    return lines.map((line) => {
      const tint = colour((chart.stacked ? "--a" : "--c") + line.colour);
      const shown = { label: line.name, stroke: tint, width: 2, value: (_, __, ___, at) => digits(at == null ? null : line.values[at]) };
      if (chart.stacked) Object.assign(shown, { fill: tint, width: 0, points: { show: false } });
      if (line.style === "dashed") Object.assign(shown, { dash: [5, 4], width: 1.5 });
      if (line.style === "steps") Object.assign(shown, { paths: uPlot.paths.stepped({ align: 1 }), points: { show: true, size: 7, fill: tint } });
      if (line.style !== "steps") shown.points = { show: line.values.length < 3 };
      return shown;
    });
  };

  const axis = (label, more) => ({
    label, labelSize: 20, labelFont: "13px system-ui, sans-serif", font: "12px system-ui, sans-serif",
    stroke: colour("--soft"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid"), width: 1 },
    values: (_, splits) => splits.map((value) => (value == null ? "" : short(value))), ...more,
  });

  // Samples and nodes are whole.
  const whole = [1, 2, 5].flatMap((step) => Array.from({ length: 12 }, (_, power) => step * 10 ** power)).sort((a, b) => a - b);

  const draw = (chart) => {
    const place = document.querySelector(`[data-chart="${chart.id}"]`);
    if (!place) return;
    plots.get(chart.id)?.destroy();
    const counts = chart.y === "losses";
    const y = chart.stacked ? { range: [0, 100] } : counts ? { range: (_, __, most) => [0, Math.max(most, 1)] } : {};
    const widest = (_, values) => 22 + 7 * Math.max(3, ...(values ?? []).map((text) => text.length));
    plots.set(chart.id, new uPlot({
      width: place.clientWidth, height: 260, scales: { x: { time: false }, y },
      axes: [axis(chart.x, { space: 60, size: 32, ...(chart.x === "ŷ" ? {} : { incrs: whole }) }), axis(chart.y, { size: widest, ...(counts ? { incrs: whole } : {}) })],
      series: [{ label: chart.x, value: (_, value) => digits(value) }, ...series(chart)],
      cursor: { drag: { x: true, y: false } }, legend: { live: true },
    }, chart.stacked ? stacked(chart.data) : chart.data, place));
  };
  const drawAll = () => charts.forEach(draw);
  drawAll();

  new ResizeObserver(() => {
    charts.forEach(({ id }) => {
      const plot = plots.get(id), place = document.querySelector(`[data-chart="${id}"]`);
      if (plot && place.clientWidth > 0 && plot.width !== place.clientWidth) plot.setSize({ width: place.clientWidth, height: 260 });
    });
  }).observe(document.querySelector("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  const onPaper = (is) => () => { root.classList.toggle("on-paper", is); drawAll(); };
  addEventListener("beforeprint", onPaper(true));
  addEventListener("afterprint", onPaper(false));

  const key = (row, column) => {
    const cell = row.cells[column], value = cell.dataset.value;
    return value === undefined ? cell.textContent.trim() || null : value === "" ? null : Number(value);
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en"));

  const sort = (table, column, sign) => {
    const rows = [...table.tBodies[0].rows].map((row) => [key(row, column), row]);
    // What has no value stays below, whichever way.
    rows.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b)));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  document.querySelectorAll("table.sortable").forEach((table) => {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const was = heading.getAttribute("aria-sort");
        const up = was === "none" ? !heading.classList.contains("number") : was === "descending";
        headings.forEach((other) => other.setAttribute("aria-sort", "none"));
        heading.setAttribute("aria-sort", up ? "ascending" : "descending");
        sort(table, column, up ? 1 : -1);
      });
    });
  });

  document.querySelectorAll("[data-filter]").forEach((box) => {
    const rows = [...document.getElementById(box.dataset.filter).tBodies[0].rows];
    const input = box.querySelector("input"), output = box.querySelector("output");
    const plain = (text) => text.toLowerCase().replace(/\s+/g, "");
    box.hidden = false;
    const filter = () => {
      const wanted = plain(input.value);
      rows.forEach((row) => { row.hidden = !plain(row.textContent).includes(wanted); });
      output.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
    };
    input.addEventListener("input", filter);
    filter();
  });
})();
