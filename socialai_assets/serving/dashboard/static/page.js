// What every page does once it is there, and again when a part of it was exchanged.
(function () {
  "use strict";
  document.documentElement.classList.add("scripted");

  function ready(root) {
    root.querySelectorAll(".map").forEach(socialai.drawMap);
    root.querySelectorAll(".chart").forEach(socialai.drawChart);
  }

  document.addEventListener("DOMContentLoaded", function () {
    ready(document);
    // One menu is open at a time, and a click elsewhere or Escape closes it.
    const menu = document.querySelector(".menu");
    document.addEventListener("click", (event) => { if (menu && !menu.contains(event.target)) menu.open = false; });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
    });
    document.querySelectorAll(".acting select").forEach((select) =>
      select.addEventListener("change", () => select.form.requestSubmit()));
  });
  document.addEventListener("submit", function (event) {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    // A page that says what went wrong is shown like any other.
    if (event.detail.xhr.status >= 400) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  document.addEventListener("htmx:afterSettle", function (event) { ready(event.detail.elt.parentElement || document); });
})();
