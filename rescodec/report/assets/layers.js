// Pictures of a viewer as canvases of the photo's size, made when they are looked at.

// Each takes four bytes a pixel.
const MOST_LAYERS = 8;

class Layers {
  constructor(data) {
    this.data = data;
    this.known = new Map();
  }

  // A promise of the canvas of a picture; of its error map where a gain is given.
  get(index, gain = 0) {
    const key = `${index} ${gain}`;
    const layer = this.known.get(key) ?? (gain ? this.#errors(index, gain) : this.#picture(index));
    this.known.delete(key);
    this.known.set(key, layer);
    if (this.known.size > MOST_LAYERS) this.known.delete(this.known.keys().next().value);
    return layer;
  }

  #canvas() {
    const canvas = document.createElement("canvas");
    canvas.width = this.data.width;
    canvas.height = this.data.height;
    return [canvas, canvas.getContext("2d", { willReadFrequently: true })];
  }

  async #picture(index) {
    const image = new Image();
    image.src = this.data.versions[index].source;
    await image.decode();
    const [canvas, context] = this.#canvas();
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  async #errors(index, gain) {
    const [original, picture] = await Promise.all([this.get(0), this.get(index)]);
    const [canvas, context] = this.#canvas();
    const pixels = (layer) =>
      layer.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    context.putImageData(errorMap(pixels(original), pixels(picture), gain), 0, 0);
    return canvas;
  }
}
