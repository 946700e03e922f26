// Everything begins here, once the page is there.

startTheme(document.getElementById("theme"));
document.querySelectorAll(".plots").forEach(startPlots);
const viewers = [...document.querySelectorAll(".viewer")].map((root) => new Viewer(root));
// Where there is nothing else to read, keys and wheel work at once.
if (viewers.length === 1 && !document.querySelector(".plots")) {
  viewers[0].handle.focus({ preventScroll: true });
}
