"use strict";
// What every page with a map has: its JSON, elements, words, packed lines, the map, credits, languages. Draws no data.
const page = (function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);

  function element(tag, text, attributes) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    return made;
  }

  // Words of the page in the language that is chosen; what has no translation stays as it is.
  let language = "en";
  const say = (text) => (data.translations[language] || {})[text] || text;

  // A ring or line is [x0, y0, dx1, dy1, ...] in whole steps of 1 / data.scale degrees.
  function unpack(steps) {
    const points = [];
    let x = 0, y = 0;
    for (let i = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      points.push([y / data.scale, x / data.scale]);
    }
    return points;
  }

  const map = L.map("map", { fadeAnimation: false, zoomSnap: 0.25, zoomDelta: 0.5, attributionControl: false, renderer: L.svg({ padding: 0.5 }) });
  L.control.scale({ imperial: false, position: "topleft" }).addTo(map);
  const credits = L.control.attribution({ prefix: false }).addTo(map);
  let credited = "";
  function credit(more) {
    const label = (note) => say(note).replace(/^[A-Za-z ]+:/, say);
    const notes = [...data.notes, ...(more || []), "Drawn with Leaflet 1.9.4"];
    credits.removeAttribution(credited);
    // Leaflet takes attributions as markup: a text node's markup is the text, escaped.
    credited = notes.map((note) => element("i", label(note)).innerHTML).join("<br>");
    credits.addAttribution(credited);
  }

  // Everything marked `data-say` is said in the language that is chosen; `retell` says the rest.
  function offerLanguages(retell) {
    const spoken = [...document.querySelectorAll("[data-say]")].map((node) => [node, node.textContent]);
    function speak(chosen) {
      language = chosen;
      document.documentElement.lang = chosen;
      spoken.forEach(([node, text]) => (node.textContent = say(text)));
      document.title = byId("map-title").textContent;
      [...byId("languages").children].forEach((button) => button.setAttribute("aria-pressed", String(button.lang === chosen)));
      retell();
    }
    const names = { en: "English", es: "Espa\u00f1ol" };
    const languages = ["en", ...Object.keys(data.translations)];
    if (languages.length < 2) return;
    byId("languages").hidden = false;
    languages.forEach((code) => {
      const button = element("button", names[code] || code, { type: "button", lang: code });
      button.addEventListener("click", () => speak(code));
      byId("languages").append(button);
    });
    speak(languages.find((code) => navigator.language.startsWith(code)) || "en");
  }

  return { data, byId, element, say, unpack, map, credits, credit, offerLanguages, get language() { return language; } };
})();
