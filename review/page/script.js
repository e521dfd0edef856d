(function () {
  "use strict";
  var chooser = document.getElementById("chooser");
  if (chooser) {
    chooser.hidden = false;
    chooser.addEventListener("change", function (event) { choose(event.target); });
    choose(chooser.querySelector(":checked")); // a browser may remember one
  }

  // choose shows the flows that change with a loss, says how many there are, and crosses out what is lost.
  function choose(radio) {
    document.querySelectorAll("#flows > li").forEach(function (flow) {
      flow.hidden = radio.value !== "" && flow.dataset.losses.split(" ").indexOf(radio.value) < 0;
    });
    var status = document.getElementById("status");
    if (status.textContent !== radio.dataset.says) {
      status.textContent = radio.dataset.says;
    }
    document.querySelectorAll("svg [data-place]").forEach(function (drawn) {
      mark(drawn, !!radio.dataset.place && drawn.dataset.place === radio.dataset.place);
    });
  }

  function mark(drawn, lost) {
    drawn.classList.toggle("lost", lost);
    var cross = drawn.querySelector(":scope > .cross");
    if (cross && !lost) {
      cross.remove();
    }
    var box = drawn.querySelector(":scope > rect");
    if (cross || !lost || !box) {
      return;
    }
    var b = box.getBBox(), right = b.x + b.width, below = b.y + b.height;
    cross = document.createElementNS("http://www.w3.org/2000/svg", "path");
    cross.setAttribute("class", "cross");
    cross.setAttribute("d", "M" + b.x + "," + b.y + "L" + right + "," + below + "M" + right + "," + b.y + "L" + b.x + "," + below);
    drawn.appendChild(cross);
  }

  // Paper cannot be unfolded.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  });
})();
