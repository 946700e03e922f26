// Error maps: how far a picture is from the original, in colours.

// From black over violet and orange to pale yellow. Lightness (of OKLab) grows evenly with the
// error, so that equal steps look equal, to those who see no colours too.
const ERROR_COLOURS = (() => {
  const colours = new Uint8ClampedArray(3 * 256);
  for (let level = 0; level < 256; level++) {
    const t = level / 255;
    const lightness = 0.06 + 0.91 * t;
    const hue = ((300 + 165 * t) * Math.PI) / 180;
    const chroma = 0.17 * Math.sin(Math.PI * (0.06 + 0.84 * t));
    colours.set(fromOklab(lightness, chroma * Math.cos(hue), chroma * Math.sin(hue)), 3 * level);
  }
  return colours;
})();

// Björn Ottosson's OKLab to sRGB of 0 to 255.
function fromOklab(lightness, a, b) {
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ].map((x) => {
    const linear = Math.min(Math.max(x, 0), 1);
    return 255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);
  });
}

// The largest difference of the three channels, times the gain, as a colour.
function errorMap(original, picture, gain) {
  const a = original.data;
  const b = picture.data;
  const map = new ImageData(original.width, original.height);
  for (let i = 0; i < a.length; i += 4) {
    const difference = Math.max(
      Math.abs(a[i] - b[i]),
      Math.abs(a[i + 1] - b[i + 1]),
      Math.abs(a[i + 2] - b[i + 2]),
    );
    const level = 3 * Math.min(255, difference * gain);
    map.data[i] = ERROR_COLOURS[level];
    map.data[i + 1] = ERROR_COLOURS[level + 1];
    map.data[i + 2] = ERROR_COLOURS[level + 2];
    map.data[i + 3] = 255;
  }
  return map;
}

// The legend: the colours, and which errors, in levels of 255, five of them stand for.
function drawErrorScale(scale, gain) {
  const canvas = scale.querySelector("canvas");
  const bar = new ImageData(256, 1);
  for (let level = 0; level < 256; level++) {
    bar.data.set([...ERROR_COLOURS.subarray(3 * level, 3 * level + 3), 255], 4 * level);
  }
  canvas.getContext("2d").putImageData(bar, 0, 0);
  const ticks = [0, 1, 2, 3, 4].map((quarter) => {
    const tick = document.createElement("span");
    // From the last on all errors have the last colour.
    const levels = Math.min((64 / gain) * quarter, 255);
    tick.textContent = quarter < 4 ? String(levels) : `${gain > 1 ? "≥ " : ""}${levels} levels`;
    tick.style.left = `${Math.min((100 * levels * gain) / 255, 100)}%`;
    return tick;
  });
  scale.querySelector(".ticks").replaceChildren(...ticks);
}
