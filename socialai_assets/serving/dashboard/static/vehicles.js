// Moves vehicles on a map by a clock. A layer of map.js is
//   {kind: "vehicles", clock: id of a range input, tracks: [{name, colour, steps: [{from, to, start, end, says}]}], waits, done}
// with minutes after midnight and [lat, lon]. An <output> for the clock shows the time, a button that names the clock
// in data-runs lets it run, and elements with data-vehicle say what that vehicle does then.
var socialai = window.socialai || {};
(function () {
  "use strict";
  const two = (figure) => String(figure).padStart(2, "0");
  const time = (minute) => two(Math.floor(minute / 60) % 24) + ":" + two(minute % 60);

  function placed(track, minute) {
    const steps = track.steps, first = steps[0], last = steps[steps.length - 1];
    if (minute < first.from) return { at: first.start, says: null, before: true };
    const step = steps.find((one) => one.from <= minute && minute < one.to);
    if (!step) return { at: last.end, says: null };
    const share = (minute - step.from) / (step.to - step.from);
    return { at: [0, 1].map((axis) => step.start[axis] + share * (step.end[axis] - step.start[axis])), says: step.says };
  }

  socialai.vehicles = function (layer) {
    const clock = document.getElementById(layer.clock);
    const shown = document.querySelector(`output[for="${layer.clock}"]`);
    const button = document.querySelector(`[data-runs="${layer.clock}"]`);
    const markers = layer.tracks.map((track) => L.circleMarker(track.steps[0].start, {
      radius: 9, color: "#111", weight: 3, fillColor: track.colour, fillOpacity: 1,
    }).bindTooltip(track.name, { permanent: true, direction: "right", offset: [8, 0], className: "vehicle-name" }));
    let running = null;

    function show() {
      const minute = Number(clock.value);
      shown.textContent = time(minute);
      clock.setAttribute("aria-valuetext", time(minute));
      layer.tracks.forEach((track, number) => {
        const now = placed(track, minute);
        markers[number].setLatLng(now.at);
        const line = document.querySelector(`[data-vehicle="${CSS.escape(track.name)}"]`);
        if (line) line.textContent = now.says || (now.before ? layer.waits : layer.done);
      });
    }

    function keep() {
      const address = new URL(location.href);
      address.searchParams.set(clock.name, clock.value);
      history.replaceState(history.state, "", address);
    }

    function stop() {
      clearInterval(running);
      running = null;
      button.setAttribute("aria-pressed", "false");
      keep();
    }

    clock.addEventListener("input", show);
    clock.addEventListener("change", keep);
    button.addEventListener("click", () => {
      if (running) return stop();
      if (Number(clock.value) >= Number(clock.max)) clock.value = clock.min;
      button.setAttribute("aria-pressed", "true");
      running = setInterval(() => {
        if (!clock.isConnected || Number(clock.value) >= Number(clock.max)) return stop();
        clock.value = String(Number(clock.value) + Number(clock.step));
        show();
      }, 150);
    });
    show();
    return L.featureGroup(markers);
  };
})();
