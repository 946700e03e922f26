// Two pictures of a photo with a split between them, and what mouse, touch and keys do to them.

const ZOOM_STEP = Math.SQRT2;
const LARGEST_ZOOM = 32;

class Viewer {
  constructor(root) {
    const part = (selector) => root.querySelector(selector);
    this.root = root;
    this.data = JSON.parse(part('script[type="application/json"]').textContent);
    this.layers = new Layers(this.data);
    this.stage = part(".stage");
    this.canvas = part("canvas.picture");
    this.handle = part(".handle");
    this.selects = [...root.querySelectorAll("select[data-side]")];
    this.errorBox = part('[data-part="error"]');
    this.gainSelect = part('[data-part="gain"]');
    this.sides = [0, Math.min(1, this.data.versions.length - 1)];
    this.shown = [];
    this.split = 0.5;
    // Screen pixels for a pixel of the photo; 0 fits the stage.
    this.zoom = 0;
    this.centre = { x: this.data.width / 2, y: this.data.height / 2 };
    this.stage.style.aspectRatio = `${this.data.width} / ${this.data.height}`;
    this.#listen();
    new Gestures(this);
    new ResizeObserver(() => this.draw()).observe(this.stage);
    this.load();
  }

  #listen() {
    this.selects.forEach((select, side) => {
      select.addEventListener("change", () => this.choose(side, Number(select.value)));
    });
    this.errorBox.addEventListener("change", () => this.load());
    this.gainSelect.addEventListener("change", () => this.load());
    const actions = {
      swap: () => this.swap(),
      in: () => this.zoomBy(ZOOM_STEP),
      out: () => this.zoomBy(1 / ZOOM_STEP),
      fit: () => this.zoomTo(0),
      whole: () => this.zoomTo(1),
    };
    for (const button of this.root.querySelectorAll("button[data-do]")) {
      button.addEventListener("click", actions[button.dataset.do]);
    }
  }

  // --- what is shown ---

  get gain() {
    return this.errorBox.checked ? Number(this.gainSelect.value) : 0;
  }

  choose(side, index) {
    const count = this.data.versions.length;
    this.sides[side] = (index + count) % count;
    this.load();
  }

  swap() {
    this.sides.reverse();
    this.load();
  }

  toggleErrors() {
    this.errorBox.checked = !this.errorBox.checked;
    this.load();
  }

  nextGain(step) {
    const { options, selectedIndex } = this.gainSelect;
    this.gainSelect.selectedIndex = (selectedIndex + step + options.length) % options.length;
    this.errorBox.checked = true;
    this.load();
  }

  async load() {
    const wanted = { sides: [...this.sides], gain: this.gain };
    this.wanted = wanted;
    this.stage.setAttribute("aria-busy", "true");
    this.#describe();
    const shown = await Promise.all(
      wanted.sides.map((index) => this.layers.get(index, wanted.gain)),
    );
    // Something else may be wanted by now.
    if (this.wanted !== wanted) return;
    this.shown = shown;
    this.ready = wanted;
    this.draw();
  }

  #describe() {
    const gain = this.gain;
    this.sides.forEach((index, side) => {
      const { name, facts } = this.data.versions[index];
      const label = this.stage.querySelector(`[data-label="${side}"]`);
      label.querySelector("b").textContent = gain ? `error of ${name}` : name;
      // Lines end between facts, not in them.
      const whole = facts.map((fact) => fact.replaceAll(" ", "\u00a0"));
      label.querySelector("span").textContent = whole.join(" · ");
      this.selects[side].value = String(index);
    });
    const scale = this.root.querySelector(".scale");
    scale.hidden = !gain;
    if (gain) drawErrorScale(scale, gain);
    const names = this.sides.map((index) => this.data.versions[index].name);
    const what = gain ? "Error maps: " : "";
    this.canvas.setAttribute("aria-label", `${what}${names[0]} left, ${names[1]} right`);
  }

  // --- where it is shown ---

  get size() {
    return { width: this.stage.clientWidth, height: this.stage.clientHeight };
  }

  // Whole multiples where the photo is small, so that its pixels stay square.
  get fit() {
    const { width, height } = this.size;
    const fit = Math.min(width / this.data.width, height / this.data.height);
    return fit < 1 ? fit : Math.min(Math.floor(fit), LARGEST_ZOOM);
  }

  get scale() {
    return this.zoom || this.fit;
  }

  get movable() {
    const { width, height } = this.size;
    return this.data.width * this.scale > width + 1 || this.data.height * this.scale > height + 1;
  }

  // The point of the photo at a point of the stage.
  at(x, y) {
    const { width, height } = this.size;
    return {
      x: this.centre.x + (x - width / 2) / this.scale,
      y: this.centre.y + (y - height / 2) / this.scale,
    };
  }

  splitTo(share) {
    this.split = Math.min(Math.max(share, 0), 1);
    this.draw();
  }

  // Zoom so that what is at a point of the stage stays there; without one, at its middle.
  zoomTo(zoom, x = this.size.width / 2, y = this.size.height / 2) {
    const before = this.at(x, y);
    this.zoom = zoom && Math.min(Math.max(zoom, Math.min(this.fit, 1)), LARGEST_ZOOM);
    const after = this.at(x, y);
    this.moveBy((before.x - after.x) * this.scale, (before.y - after.y) * this.scale);
  }

  zoomBy(factor, x, y) {
    this.zoomTo(this.scale * factor, x, y);
  }

  // Move the window over the photo, by pixels of the screen.
  moveBy(x, y) {
    const { width, height } = this.size;
    const within = (value, length, room) => {
      const half = room / this.scale / 2;
      return 2 * half >= length ? length / 2 : Math.min(Math.max(value, half), length - half);
    };
    this.centre = {
      x: within(this.centre.x + x / this.scale, this.data.width, width),
      y: within(this.centre.y + y / this.scale, this.data.height, height),
    };
    this.draw();
  }

  draw() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      this.#paint();
    });
  }

  #paint() {
    const percent = Math.round(100 * this.split);
    this.handle.style.left = `${100 * this.split}%`;
    this.handle.setAttribute("aria-valuenow", String(percent));
    this.root.querySelector('[data-part="zoom"]').textContent = `${Math.round(100 * this.scale)} %`;
    this.stage.classList.toggle("movable", this.movable);
    const { width, height } = this.size;
    const density = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    const scale = this.scale * density;
    const left = Math.round(this.canvas.width / 2 - this.centre.x * scale);
    const top = Math.round(this.canvas.height / 2 - this.centre.y * scale);
    const middle = Math.round(this.canvas.width * this.split);
    const context = this.canvas.getContext("2d");
    // Enlarged, pixels are squares; made smaller, all of them count.
    context.imageSmoothingEnabled = scale < 1;
    context.imageSmoothingQuality = "high";
    this.shown.forEach((layer, side) => {
      context.save();
      context.beginPath();
      context.rect(side ? middle : 0, 0, side ? this.canvas.width : middle, this.canvas.height);
      context.clip();
      context.drawImage(layer, left, top, layer.width * scale, layer.height * scale);
      context.restore();
    });
    this.stage.setAttribute("aria-busy", String(this.ready !== this.wanted));
  }

  // Say what the pixels at a point of the stage are.
  async read(x, y) {
    const point = this.at(x, y);
    const [column, row] = [Math.floor(point.x), Math.floor(point.y)];
    const readout = this.root.querySelector('[data-part="readout"]');
    const inside =
      column >= 0 && row >= 0 && column < this.data.width && row < this.data.height;
    if (!inside) {
      readout.textContent = "\u00a0";
      return;
    }
    const pixels = await Promise.all(
      this.sides.map(async (index) => {
        const context = (await this.layers.get(index)).getContext("2d");
        return [...context.getImageData(column, row, 1, 1).data.subarray(0, 3)].join(" ");
      }),
    );
    readout.textContent = `(${column}, ${row})  left ${pixels[0]}  right ${pixels[1]}`;
  }
}
