// Draws the maps of the pages with Leaflet; there is no background, since tiles would need the internet.
// A map is {layers: [...], fit: optional [[south, west], [north, east]]}. Layers, drawn in order:
//   {kind: "areas", shapes: address, values: {area: {colour, title, lines: [text], link: {text, address}}}, others: colour or null}
//   {kind: "points", points: [{at: [lat, lon], colour, radius, title, lines, link}]}
//   {kind: "lines", lines: [{path: [[lat, lon], ...], colour, width, dash, title, lines, link}]}
//   {kind: "vehicles", ...}: see vehicles.js
// A layer with `name` can be switched on and off. All text is shown as text.
var socialai = window.socialai || {};
(function () {
  "use strict";
  const STEPS = 1e5;
  const fetched = new Map();

  function shapes(address) {
    if (!fetched.has(address)) fetched.set(address, fetch(address).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }));
    return fetched.get(address);
  }

  function unpacked(line) {
    let x = 0, y = 0;
    const points = [];
    for (let i = 0; i < line.length; i += 2) {
      x += line[i]; y += line[i + 1];
      points.push([y / STEPS, x / STEPS]);
    }
    return points;
  }

  function popup(thing) {
    const box = document.createElement("div");
    const add = (name, text, parent) => {
      const element = document.createElement(name);
      element.textContent = text;
      (parent || box).append(element);
      return element;
    };
    if (thing.title) add("h3", thing.title);
    (thing.lines || []).forEach((line) => add("p", line));
    if (thing.link) add("a", thing.link.text, add("p", "")).href = thing.link.address;
    return box;
  }

  function told(layer, thing) {
    if (thing.title || thing.lines) layer.bindPopup(() => popup(thing));
    return layer;
  }

  async function areas(layer, renderer) {
    const group = L.featureGroup();
    const found = await shapes(layer.shapes);
    for (const [area, polygons] of Object.entries(found)) {
      const thing = layer.values[area];
      if (!thing && !layer.others) continue;
      const shape = L.polygon(polygons.map((rings) => rings.map(unpacked)), {
        renderer, color: "#5b6570", weight: thing && thing.strong ? 2.5 : 0.6,
        fillColor: thing ? thing.colour : layer.others, fillOpacity: 1,
      });
      group.addLayer(thing ? told(shape, thing) : shape);
    }
    return group;
  }

  function points(layer, renderer) {
    return L.featureGroup(layer.points.map((point) => told(L.circleMarker(point.at, {
      renderer, radius: point.radius || 6, color: "#222", weight: 1, fillColor: point.colour, fillOpacity: .9,
    }), point)));
  }

  function lines(layer, renderer) {
    return L.featureGroup(layer.lines.map((line) => told(L.polyline(line.path, {
      renderer, color: line.colour, weight: line.width || 3, dashArray: line.dash || null,
    }), line)));
  }

  socialai.drawMap = async function (element) {
    if (element.dataset.drawn) return;
    element.dataset.drawn = "begun";
    const spec = JSON.parse(element.querySelector("script").textContent);
    const map = L.map(element, { zoomSnap: .25, attributionControl: false, scrollWheelZoom: false });
    element.addEventListener("click", () => map.scrollWheelZoom.enable());
    L.control.scale({ imperial: false }).addTo(map);
    // Leaflet's buttons say what they do in English.
    const renderer = L.canvas({ padding: .3, tolerance: 4 });
    const draw = { areas, points, lines, vehicles: socialai.vehicles };
    let bounds = spec.fit ? L.latLngBounds(spec.fit) : null;
    const switches = {};
    try {
      for (const layer of spec.layers) {
        const group = await draw[layer.kind](layer, renderer);
        if (!layer.hidden) group.addTo(map);
        if (layer.name) switches[layer.name] = group;
        if (!spec.fit && group.getLayers().length) bounds = bounds ? bounds.extend(group.getBounds()) : group.getBounds();
        if (bounds && !map._loaded) map.fitBounds(bounds, { padding: [8, 8] });
      }
    } catch (error) {
      const note = document.createElement("p");
      note.className = "wrong";
      note.textContent = "The map's shapes could not be loaded: " + error.message;
      element.before(note);
    }
    if (bounds && bounds.isValid()) map.fitBounds(bounds, { padding: [8, 8] }); else map.setView([0, 0], 2);
    if (Object.keys(switches).length > 1) L.control.layers(null, switches, { collapsed: false }).addTo(map);
    element.socialaiMap = map;
    element.dataset.drawn = "done";
  };
})();
