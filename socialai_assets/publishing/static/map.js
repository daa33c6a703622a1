"use strict";
// Draws the map described by the page's JSON (see webmap.py). All text goes in as text, never as markup.
(function () {
  const { data, byId, element, say, unpack, map, credit } = page;
  const NO_DATA = "url(#no-data)";
  const HIGHLIGHT = { weight: 2.5, color: "#111111" };

  credit();
  const borders = { weight: data.areas.length > 400 ? 0.4 : 0.8, color: "#ffffff" };
  let shown = 0;
  let highlighted = null, opened = null;

  function style(row) {
    const layer = data.layers[shown];
    const number = layer.classes[row];
    return { ...borders, fillOpacity: 1, fillColor: number < 0 ? NO_DATA : layer.colours[number] };
  }

  function popup(area) {
    const box = element("div", undefined, { class: "popup" });
    box.append(element("h3", area.name));
    if (area.context) box.append(element("p", area.context));
    const table = element("table");
    data.fields.forEach((label, number) => {
      const line = element("tr");
      line.append(element("th", say(label), { scope: "row" }), element("td", say(area.fields[number])));
      table.append(line);
    });
    box.append(table);
    const remarks = (area.remarks || {})[page.language];
    if (remarks) {
      const said = element("div", undefined, { class: "remarks" });
      remarks.split("\n").forEach((remark) => said.append(element("p", remark)));
      box.append(said);
    }
    return box;
  }

  const shapes = data.areas.map((area, row) => {
    const polygon = area.at
      ? L.circleMarker(area.at, { ...style(row), radius: 4 })
      : L.polygon(area.shape.map((part) => part.map(unpack)), { ...style(row), smoothFactor: 0.6 });
    polygon.bindPopup(() => {
      // What does not fit on the map is scrolled to.
      polygon.getPopup().options.maxHeight = Math.max(200, map.getSize().y - 80);
      return popup(area);
    }, { maxWidth: Math.min(340, window.innerWidth - 60), autoPanPadding: [20, 20] });
    polygon.bindTooltip(() => element("span", `${area.name}: ${say(area.fields[0])}`), { sticky: true });
    polygon.on("mouseover", () => highlight(polygon));
    polygon.on("mouseout", () => highlight(opened));
    polygon.on("popupopen", () => {
      opened = polygon;
      polygon.closeTooltip();
      highlight(polygon);
    });
    polygon.on("popupclose", () => {
      opened = null;
      highlight(null);
    });
    return polygon;
  });

  function highlight(polygon) {
    if (highlighted) highlighted.setStyle(borders);
    highlighted = polygon;
    if (polygon) polygon.setStyle(HIGHLIGHT).bringToFront();
  }

  function swatch(fill) {
    const namespace = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(namespace, "svg");
    const box = document.createElementNS(namespace, "rect");
    for (const [node, attributes] of [[picture, { width: 26, height: 16, "aria-hidden": "true" }], [box, { width: 26, height: 16, fill }]]) {
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    }
    picture.append(box);
    return picture;
  }

  function show(number) {
    shown = number;
    const layer = data.layers[number];
    shapes.forEach((polygon, row) => polygon.setStyle(style(row)));
    if (highlighted) highlight(highlighted);
    byId("legend-title").textContent = say(layer.legend);
    const entries = layer.labels.map((label, k) => [layer.colours[k], say(label)]);
    if (layer.classes.includes(-1)) entries.push([NO_DATA, say("No data")]);
    byId("legend").replaceChildren(...entries.map(([fill, label]) => {
      const line = element("li");
      line.append(swatch(fill), element("span", label));
      return line;
    }));
  }

  data.layers.forEach((layer, number) => {
    const choice = element("input", undefined, { type: "radio", name: "layer" });
    choice.checked = number === 0;
    choice.addEventListener("change", () => show(number));
    const label = element("label");
    label.append(choice, element("span", layer.name, { "data-say": "" }));
    byId("layers").append(label);
  });
  byId("layers").hidden = data.layers.length < 2;

  // The view comes before the shapes: Leaflet draws them into a view only.
  const group = L.featureGroup(shapes);
  const everything = group.getBounds();
  // The notes, and on a wide screen the panel, lie over the map: keep the areas clear of them.
  const panel = document.querySelector("aside");
  const covered = getComputedStyle(panel).position === "absolute" ? panel.offsetWidth + 20 : 0;
  show(0);
  const below = map.attributionControl.getContainer().offsetHeight;
  map.fitBounds(everything, { paddingTopLeft: [10, 10], paddingBottomRight: [10 + covered, 10 + below], animate: false });
  map.setMinZoom(map.getZoom() - 1);
  map.setMaxBounds(everything.pad(0.6));
  window.addEventListener("resize", () => map.invalidateSize());
  group.addTo(map);
  if (data.outlines.length) {
    // A pane of their own keeps them above an area that was highlighted and so moved to the front.
    const pane = map.createPane("outlines");
    Object.assign(pane.style, { zIndex: 450, pointerEvents: "none" });
    const renderer = L.svg({ padding: 0.5, pane: "outlines" });
    const lines = { pane: "outlines", renderer, weight: 1, color: "#333333", interactive: false, smoothFactor: 0.6 };
    L.polyline(data.outlines.map(unpack), lines).addTo(map);
  }

  // Search: accents and case do not matter; names that start with the words come first.
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const index = data.areas.map((area, row) => ({ row, name: plain(area.name), all: plain(`${area.name} ${area.context}`) }));
  const input = byId("search"), list = byId("found");
  let found = [], chosen = -1;

  function close() {
    list.hidden = true;
    found = [];
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(number) {
    chosen = number;
    [...list.children].forEach((line, k) => line.setAttribute("aria-selected", String(k === number)));
    if (number < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", `found-${number}`);
    list.children[number].scrollIntoView({ block: "nearest" });
  }

  function go(row) {
    const area = data.areas[row], polygon = shapes[row];
    close();
    input.value = area.name;
    map.fitBounds(area.at ? L.latLngBounds([area.at]) : polygon.getBounds(), { paddingTopLeft: [60, 120], paddingBottomRight: [60 + covered, 60], maxZoom: 10, animate: false });
    polygon.openPopup(area.at || polygon.getCenter());
    byId("status").textContent = `${area.name}: ${data.fields.map((label, k) => `${say(label)} ${say(area.fields[k])}`).join(", ")}`;
  }

  input.addEventListener("input", () => {
    const words = plain(input.value.trim()).split(/\s+/).filter(Boolean);
    if (!words.length) return close();
    const rank = (entry) => (entry.name === words.join(" ") ? 0 : entry.name.startsWith(words[0]) ? 1 : entry.name.includes(words[0]) ? 2 : 3);
    found = index.filter((entry) => words.every((word) => entry.all.includes(word)))
      .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name)).slice(0, 20);
    list.replaceChildren(...found.map((entry, k) => {
      const area = data.areas[entry.row];
      const line = element("li", undefined, { role: "option", id: `found-${k}`, "aria-selected": "false" });
      line.append(element("span", area.name));
      if (area.context) line.append(document.createElement("br"), element("small", area.context));
      // The field would lose the focus, and the list close, before a click arrives.
      line.addEventListener("mousedown", (event) => event.preventDefault());
      line.addEventListener("click", () => go(entry.row));
      return line;
    }));
    if (!found.length) list.replaceChildren(element("li", say("No area of that name"), { class: "nothing" }));
    byId("status").textContent = found.length ? `${found.length} ${say("areas found")}` : say("No area of that name");
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    choose(found.length ? 0 : -1);
  });
  input.addEventListener("keydown", (event) => {
    if (!found.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose((chosen + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      go(found[chosen].row);
    }
  });
  input.addEventListener("blur", close);

  page.offerLanguages(() => {
    input.placeholder = say("Type a name");
    show(shown);
    credit();
    if (opened) opened.getPopup().update();
  });
  // Leaflet hears the Escape key only while the map has the focus, which a click on a shape does not give it.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    map.closePopup();
  });
})();
