// Draws the charts of the pages with Observable Plot. A chart is {kind, rows, x, y, ...}; see each kind below.
var socialai = window.socialai || {};
(function () {
  "use strict";
  const COLOURS = ["#0b3d73", "#c2571a", "#1b7f5c", "#7a3b8f", "#8a6100", "#4a5460"];

  // Axes in the reader's language; Plot's own are English.
  const language = document.documentElement.lang === "es" ? "es" : "en-GB";
  const large = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 4 });
  const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
  // With the marks of the tables: 32 280,5 in Spanish.
  const number = (value) => Math.abs(value) >= 1e6 ? large.format(value)
    : language === "es" ? plain.format(value).replace(/[,.]/g, (mark) => (mark === "," ? "\u202f" : ",")) : plain.format(value);
  const [clock, day, month, year] = [{ hour: "2-digit", minute: "2-digit" }, { day: "numeric", month: "short" }, { month: "short" }, { year: "numeric" }]
    .map((parts) => new Intl.DateTimeFormat(language, { ...parts, hourCycle: "h23", timeZone: "UTC" }));
  // As much of a moment as tells it from the one before: 14:00, 5 Dec, Dec, 2026.
  function moment(value) {
    const told = value.getUTCHours() || value.getUTCMinutes() ? clock : value.getUTCDate() > 1 ? day : value.getUTCMonth() ? month : year;
    return told.format(value);
  }

  const when = (value) => (typeof value === "string" ? new Date(value) : value);

  function marks(spec) {
    const rows = spec.rows;
    const time = spec.time === true;
    const x = time ? (row) => when(row[spec.x]) : spec.x;
    switch (spec.kind) {
      // Bars lie, so that names can be read; lower and upper draw an interval, dot a second figure.
      // {x: number, y: name, lower, upper, dot, colour: a row's column}
      case "bars":
        return [
          Plot.barX(rows, { x: spec.x, y: spec.y, fill: spec.colour ? spec.colour : COLOURS[0], fillOpacity: .85 }),
          spec.lower ? Plot.ruleY(rows, { x1: spec.lower, x2: spec.upper, y: spec.y, stroke: "#222", strokeWidth: 2 }) : null,
          spec.dot ? Plot.dot(rows, { x: spec.dot, y: spec.y, fill: COLOURS[1], r: 5, stroke: "#fff" }) : null,
          Plot.ruleX([0]),
        ];
      // {x, bands: [[lower, upper], ...] widest first, y: middle, observed: a second line, time: true}
      case "fan":
        return [
          ...(spec.bands || []).map(([lower, upper]) => Plot.areaY(rows.filter((row) => row[lower] !== null && row[lower] !== undefined), {
            x, y1: lower, y2: upper, fill: COLOURS[0], fillOpacity: .18 })),
          Plot.lineY(rows.filter((row) => row[spec.y] !== null && row[spec.y] !== undefined), { x, y: spec.y, stroke: COLOURS[0], strokeWidth: 2 }),
          spec.observed ? Plot.lineY(rows.filter((row) => row[spec.observed] !== null && row[spec.observed] !== undefined), { x, y: spec.observed, stroke: "#222", strokeWidth: 1.5 }) : null,
          ...(spec.limits || []).map((limit) => Plot.ruleY([limit.value], { stroke: "#a61b12", strokeDasharray: "5 4" })),
          ...(spec.limits || []).map((limit) => Plot.text([limit], { y: "value", text: "text", frameAnchor: "right", dy: -7, fill: "#a61b12", textAnchor: "end" })),
        ];
      // {x, y, series: a row's column, time}
      case "lines":
        return [Plot.lineY(rows, { x, y: spec.y, stroke: spec.series || COLOURS[0], strokeWidth: 2 }),
                Plot.dot(rows, { x, y: spec.y, fill: spec.series || COLOURS[0], r: 2.5 })];
      // {x, y, colour: a row's column, diagonal: true}
      case "dots":
        return [spec.diagonal ? Plot.line([[spec.domain[0], spec.domain[0]], [spec.domain[1], spec.domain[1]]], { stroke: "#767676", strokeDasharray: "4 4" }) : null,
                Plot.dot(rows, { x, y: spec.y, fill: spec.colour || COLOURS[0], fillOpacity: .6, r: 3, title: spec.title })];
      // Who is busy when. {y: name, start, end, colour: a row's column, text: a row's column}
      case "timeline":
        return [Plot.barX(rows, { x1: (row) => when(row[spec.start]), x2: (row) => when(row[spec.end]), y: spec.y, fill: spec.colour || COLOURS[0], inset: 1, title: spec.text })];
      default:
        throw new Error("There is no chart of kind " + spec.kind);
    }
  }

  socialai.drawChart = function (element) {
    if (element.dataset.drawn) return;
    const spec = JSON.parse(element.querySelector("script").textContent);
    const lying = spec.kind === "bars" || spec.kind === "timeline";
    const timed = spec.time === true || spec.kind === "timeline";
    const names = lying ? new Set(spec.rows.map((row) => row[spec.y])).size : 0;
    const longest = lying ? Math.max(4, ...spec.rows.map((row) => String(row[spec.y]).length)) : 0;
    const drawn = Plot.plot({
      width: Math.max(300, element.clientWidth || 640),
      height: spec.height || (lying ? 60 + 26 * names : 300),
      marginLeft: lying ? Math.min(240, 14 + 7.2 * longest) : 60,
      marginRight: 24, marginBottom: 44,
      style: { fontSize: "13px", background: "transparent" },
      color: { range: COLOURS, legend: Boolean(spec.series || spec.colour) },
      x: { label: spec.xLabel || null, grid: lying, type: timed ? "utc" : undefined, domain: spec.xDomain, tickFormat: timed ? moment : number },
      y: { label: spec.yLabel || null, grid: !lying, domain: lying ? [...new Set(spec.rows.map((row) => row[spec.y]))] : spec.yDomain, tickFormat: lying ? undefined : number },
      marks: marks(spec).filter(Boolean),
    });
    // The figure says what it shows; the parts that Plot names have no role that may have a name.
    drawn.setAttribute("aria-hidden", "true");
    element.append(drawn);
    element.dataset.drawn = "done";
  };
})();
