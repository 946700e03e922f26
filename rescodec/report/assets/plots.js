// One plot of many at a time, and the tables beside it; without scripts all of them are shown.

function startPlots(root) {
  const parts = [...root.querySelectorAll("[data-folder]")];
  const selects = [...root.querySelectorAll("select")];
  const show = () => {
    for (const part of parts) {
      part.hidden = selects.some(({ dataset, value }) => (part.dataset[dataset.of] ?? value) !== value);
    }
  };
  for (const select of selects) select.addEventListener("change", show);
  root.querySelector(".choice").hidden = false;
  show();
  for (const figure of root.querySelectorAll("figure.curves")) startLegend(figure);
}

// A click on a name hides its curve, or shows it again.
function startLegend(figure) {
  for (const button of figure.querySelectorAll("button[data-curve]")) {
    button.disabled = false;
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!shown));
      figure
        .querySelector(`g[data-curve="${button.dataset.curve}"]`)
        .classList.toggle("off", shown);
    });
  }
}
