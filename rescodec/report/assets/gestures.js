// What mouse, touch, pen, wheel and keys do to a viewer.

const WHEEL_STEP = 1.002;
const PAN_PIXELS = 60;

class Gestures {
  constructor(viewer) {
    this.viewer = viewer;
    this.pointers = new Map();
    const { stage, root } = viewer;
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      stage.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
    }
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    root.addEventListener("keydown", (event) => this.#key(event));
  }

  #point(event) {
    const box = this.viewer.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #down(event) {
    if (event.button) return;
    const { viewer } = this;
    viewer.stage.setPointerCapture(event.pointerId);
    viewer.handle.focus({ preventScroll: true });
    const point = this.#point(event);
    this.pointers.set(event.pointerId, point);
    // A second finger ends what the first one did.
    if (this.pointers.size > 1) this.drags = "both";
    else this.drags = event.target.closest(".handle") || !viewer.movable ? "split" : "picture";
    if (this.drags === "split" && event.pointerType === "mouse") this.#splitAt(point);
    // Otherwise the browser would select text, or drag.
    if (event.pointerType === "mouse") event.preventDefault();
  }

  #move(event) {
    const { viewer } = this;
    const point = this.#point(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") viewer.read(point.x, point.y);
      return;
    }
    if (this.drags === "split") this.#splitAt(point);
    else if (this.drags === "picture") viewer.moveBy(before.x - point.x, before.y - point.y);
    else this.#pinch(event.pointerId, before, point);
    this.pointers.set(event.pointerId, point);
  }

  #splitAt(point) {
    this.viewer.splitTo(point.x / this.viewer.size.width);
  }

  #pinch(id, before, point) {
    const other = [...this.pointers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const distance = (a) => Math.max(Math.hypot(a.x - other.x, a.y - other.y), 1);
    const middle = { x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 };
    this.viewer.zoomBy(distance(point) / distance(before), middle.x, middle.y);
    this.viewer.moveBy((before.x - point.x) / 2, (before.y - point.y) / 2);
  }

  // Only after a click on the picture: the wheel of those who read on scrolls the page.
  #wheel(event) {
    if (!this.viewer.root.contains(document.activeElement)) return;
    event.preventDefault();
    const { x, y } = this.#point(event);
    const pixels = event.deltaY * (event.deltaMode ? 30 : 1);
    this.viewer.zoomBy(WHEEL_STEP ** -Math.min(Math.max(pixels, -300), 300), x, y);
  }

  #key(event) {
    // Those of the browser, and of lists, stay theirs.
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    const { viewer } = this;
    const step = event.shiftKey ? -1 : 1;
    const split = event.shiftKey ? 0.1 : 0.01;
    const actions = {
      arrowleft: () => viewer.splitTo(viewer.split - split),
      arrowright: () => viewer.splitTo(viewer.split + split),
      home: () => viewer.splitTo(0),
      end: () => viewer.splitTo(1),
      l: () => viewer.choose(0, viewer.sides[0] + step),
      r: () => viewer.choose(1, viewer.sides[1] + step),
      x: () => viewer.swap(),
      e: () => viewer.toggleErrors(),
      g: () => viewer.nextGain(step),
      "+": () => viewer.zoomBy(ZOOM_STEP),
      "=": () => viewer.zoomBy(ZOOM_STEP),
      "-": () => viewer.zoomBy(1 / ZOOM_STEP),
      0: () => viewer.zoomTo(0),
      1: () => viewer.zoomTo(1),
      i: () => viewer.moveBy(0, -PAN_PIXELS),
      m: () => viewer.moveBy(0, PAN_PIXELS),
      j: () => viewer.moveBy(-PAN_PIXELS, 0),
      k: () => viewer.moveBy(PAN_PIXELS, 0),
    };
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  }
}
