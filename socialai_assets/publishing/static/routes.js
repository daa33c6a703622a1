"use strict";
// Draws the routes described by the page's JSON (see route_web_map.py). All text goes in as text, never as markup.
(function () {
  const { data, byId, element, say, unpack, map, credits } = page;
  // More stops than this at once are drawn as dots; those of the route that was chosen keep their numbers.
  const NUMBERED = 80;

  // Texts that are made anew in another language.
  const told = [];
  function telling(node, words) {
    told.push(() => (node.textContent = words()));
    node.textContent = words();
    return node;
  }
  const figure = (value) => value.toLocaleString("en", { maximumFractionDigits: 1 });
  const named = (day) => new Date(`${day}T12:00:00`).toLocaleDateString(page.language, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

  const credit = () => page.credit([`Travel times: ${data.travel.split("; ").map(say).join("; ")}`]);

  function table(title, context, lines) {
    const box = element("div", undefined, { class: "popup" });
    box.append(element("h3", title));
    if (context) box.append(element("p", context));
    const rows = element("table");
    lines.filter(([, value]) => value).forEach(([label, value]) => {
      const line = element("tr");
      line.append(element("th", say(label), { scope: "row" }), element("td", value));
      rows.append(line);
    });
    box.append(rows);
    return box;
  }
  // Sentences made beforehand in each language.
  const worded = (texts) => texts[page.language] || texts.en;

  function stopLines(visit) {
    return [
      ["Arrival", visit.arrives],
      ["Service", `${visit.begins} \u2013 ${visit.leaves}`],
      ["Unloaded", worded(visit.delivered)],
      ["Items", worded(visit.items)],
      ["Aboard after", worded(visit.aboard)],
      ["People", visit.people === null ? "" : figure(visit.people)],
    ];
  }
  function missedLines(missed) {
    const lines = [["Reason", say(data.reasons[missed.reason])]];
    // The sentence beside the reason is written in English only.
    if (page.language === "en" && missed.explanation !== `${data.reasons[missed.reason]}.`) lines.push(["", missed.explanation]);
    lines.push(["What would serve it", worded(missed.change)], ["Load", worded(missed.load)], ["People", missed.people === null ? "" : figure(missed.people)]);
    return lines;
  }

  let opened = null;
  function marker(point, kind, size, inside, popup, tip) {
    const icon = L.divIcon({ className: kind, iconSize: [size, size], html: inside });
    // The keyboard reaches every place by the list: hundreds of tabulator stops on the map would lead nowhere.
    const made = L.marker(point, { icon, keyboard: false });
    made.bindPopup(() => {
      made.getPopup().options.maxHeight = Math.max(140, map.getSize().y - 60);
      return popup();
    }, { maxWidth: Math.min(340, window.innerWidth - 60), autoPanPadding: [20, 20] });
    made.bindTooltip(() => element("span", tip()), { direction: "top", offset: [0, -size / 2] });
    made.on("popupopen", () => {
      opened = made;
      made.closeTooltip();
    });
    made.on("popupclose", () => (opened = null));
    return made;
  }

  // A stop or a place left out is opened from the list; Escape gives the focus back to its button.
  let origin = null;
  function openFrom(button, place, words) {
    origin = button;
    map.setView(place.getLatLng(), Math.max(map.getZoom(), 11), { animate: false });
    place.openPopup();
    byId("status").textContent = words();
  }

  const everything = L.latLngBounds([]);
  const layers = [];
  function crowd() {
    const shown = layers.filter((layer) => map.hasLayer(layer.group)).reduce((sum, layer) => sum + layer.route.stops, 0);
    map.getContainer().classList.toggle("crowded", shown > NUMBERED);
  }
  function choose(layer) {
    layers.forEach((each) => each.markers.forEach((place) => place.getElement() && place.getElement().classList.toggle("chosen", each === layer)));
    layers.forEach((each) => each.line.setStyle({ weight: each === layer ? 5 : 2.5 }));
    if (layer) layer.line.bringToFront();
  }
  function showLayer(layer, wanted) {
    layer.box.checked = wanted;
    if (wanted) layer.group.addTo(map);
    else layer.group.remove();
  }

  function swatch(route) {
    const namespace = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(namespace, "svg"), line = document.createElementNS(namespace, "line");
    const attributes = { x1: 0, y1: 6, x2: 30, y2: 6, stroke: route.colour, "stroke-width": 4, "stroke-dasharray": route.dash };
    for (const [node, names] of [[picture, { width: 30, height: 12, "aria-hidden": "true" }], [line, attributes]]) {
      for (const [name, value] of Object.entries(names)) node.setAttribute(name, value);
    }
    picture.append(line);
    return picture;
  }

  function drawn(route, day) {
    const points = unpack(route.line);
    points.forEach((point) => everything.extend(point));
    const line = L.polyline(points, { color: route.colour, dashArray: route.dash || null, weight: 2.5, opacity: 0.9, interactive: false });
    const layer = { route, day, line, markers: [], group: L.layerGroup([line]) };
    const list = element("ol");
    let number = 0;
    route.visits.forEach((visit) => {
      const entry = element("li");
      list.append(entry);
      if (visit.kind) {
        entry.append(telling(element("span"), () => `${visit.begins} ${say(visit.kind)}${visit.name ? ` (${visit.name})` : ""}`));
        return;
      }
      number += 1;
      const mine = number;
      const circle = element("span", String(mine));
      const context = () => `${say("Stop")} ${mine} \u00b7 ${route.vehicle} \u00b7 ${named(day)}`;
      const place = marker(visit.point, "stop", 22, circle, () => table(visit.name, context(), stopLines(visit)), () => `${mine} \u00b7 ${visit.arrives} ${visit.name}`);
      place.on("add", () => (place.getElement().style.backgroundColor = route.colour));
      layer.markers.push(place);
      layer.group.addLayer(place);
      const button = element("button", `${mine}. ${visit.arrives} ${visit.name}`, { type: "button" });
      button.addEventListener("click", () => {
        showLayer(layer, true);
        settle();
        choose(layer);
        openFrom(button, place, () => `${visit.name}: ${context()}, ${stopLines(visit).filter(([, value]) => value).map(([label, value]) => `${say(label)} ${value}`).join(", ")}`);
      });
      entry.append(button);
    });
    layer.list = list;
    return layer;
  }

  const days = data.days.map((day) => {
    const section = element("section", undefined, { class: "day" });
    const whole = element("input", undefined, { type: "checkbox" });
    const heading = element("label", undefined, { class: "all" });
    heading.append(whole, telling(element("span"), () => named(day.day)));
    section.append(heading);
    const mine = day.routes.map((route) => {
      const layer = drawn(route, day.day);
      layer.box = element("input", undefined, { type: "checkbox" });
      const label = element("label"), words = element("span");
      const summary = () => `${route.stops} ${say(route.stops === 1 ? "stop" : "stops")}, ${figure(route.km)} km, ${route.starts}\u2013${route.ends}`;
      words.append(element("strong", route.vehicle), document.createTextNode(" "), telling(element("small"), summary));
      label.append(layer.box, swatch(route), words);
      const visits = element("details");
      visits.append(telling(element("summary"), () => `${say("Visits")} (${route.vehicle})`), layer.list);
      visits.addEventListener("toggle", () => {
        if (!visits.open) return choose(null);
        showLayer(layer, true);
        settle();
        choose(layer);
        map.fitBounds(layer.line.getBounds(), { padding: [40, 40], maxZoom: 13, animate: false });
      });
      layer.box.addEventListener("change", () => {
        showLayer(layer, layer.box.checked);
        settle();
      });
      const row = element("div", undefined, { class: "route" });
      row.append(label, visits);
      section.append(row);
      layers.push(layer);
      return layer;
    });
    whole.addEventListener("change", () => {
      const wanted = whole.checked;
      mine.forEach((layer) => showLayer(layer, wanted));
      settle();
    });
    byId("routes").append(section);
    return { whole, mine };
  });

  // A day is ticked when all its routes are, and half ticked when some are.
  function settle() {
    days.forEach(({ whole, mine }) => {
      const ticked = mine.filter((layer) => layer.box.checked).length;
      whole.checked = ticked === mine.length;
      whole.indeterminate = ticked > 0 && ticked < mine.length;
    });
    crowd();
  }

  // What is left out, and depots.
  const missing = L.layerGroup();
  const heading = element("label", undefined, { class: "all" });
  const tick = element("input", undefined, { type: "checkbox" });
  tick.checked = true;
  heading.append(tick, telling(element("span"), () => `${say("Left out")} (${data.unserved.length})`));
  const missedList = element("ul");
  data.unserved.forEach((missed) => {
    const entry = element("li");
    const why = telling(element("small"), () => say(data.reasons[missed.reason]) + (missed.point ? "" : ` \u00b7 ${say("Its place is not known.")}`));
    if (missed.point) {
      everything.extend(missed.point);
      const cross = element("span", "\u2715");
      const place = marker(missed.point, "left-out", 20, cross, () => table(missed.name, say("Left out"), missedLines(missed)), () => `${missed.name}: ${say(data.reasons[missed.reason])}`);
      missing.addLayer(place);
      const button = element("button", missed.name, { type: "button" });
      button.addEventListener("click", () => {
        tick.checked = true;
        missing.addTo(map);
        openFrom(button, place, () => `${missed.name}: ${missedLines(missed).filter(([, value]) => value).map(([label, value]) => `${say(label)} ${value}`).join(", ")}`);
      });
      entry.append(button);
    } else {
      entry.append(element("span", missed.name));
    }
    entry.append(why);
    missedList.append(entry);
  });
  tick.addEventListener("change", () => (tick.checked ? missing.addTo(map) : missing.remove()));
  byId("unserved").classList.add("day");
  if (data.unserved.length) byId("unserved").append(heading, missedList);
  else byId("unserved").append(telling(element("p"), () => say("Nothing is left out.")));

  // The view comes before the shapes: Leaflet draws them into a view only.
  credit();
  data.depots.forEach((depot) => everything.extend(depot.point));
  const below = credits.getContainer().offsetHeight;
  const fit = { paddingTopLeft: [24, 24], paddingBottomRight: [24, 24 + below], maxZoom: 14, animate: false };
  map.fitBounds(everything, fit);
  map.setMaxBounds(everything.pad(1).extend(everything.getCenter().toBounds(60000)));
  window.addEventListener("resize", () => map.invalidateSize());
  if (data.outlines.length) {
    L.polyline(data.outlines.map(unpack), { weight: 1, color: "#a59c86", interactive: false, smoothFactor: 0.6 }).addTo(map);
  }
  data.depots.forEach((depot) => marker(depot.point, "depot", 16, element("span"), () => table(depot.name, say("Depot"), []), () => `${say("Depot")}: ${depot.name}`).addTo(map));
  // Several days at once hide each other: the first is shown, the others are a tick away.
  if (days.length) days[0].mine.forEach((layer) => showLayer(layer, true));
  missing.addTo(map);
  settle();

  page.offerLanguages(() => {
    told.forEach((tell) => tell());
    credit();
    if (opened) opened.getPopup().update();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    map.closePopup();
    if (origin) origin.focus();
    origin = null;
  });
})();
