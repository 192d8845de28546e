// What a test's viewer sees.

/** Pixels 0xRRGGBB. */
export class Canvas {
  width = 0;
  height = 0;
  pixels = new Uint32Array();

  resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
  }

  set(x: number, y: number, colour: number): void {
    if (x >= this.width || y >= this.height)
      throw new RangeError(`pixel ${x},${y} of ${this.width}x${this.height}`);
    this.pixels[y * this.width + x] = colour;
  }

  get(x: number, y: number): number {
    return this.pixels[y * this.width + x] as number;
  }

  fill(x: number, y: number, width: number, height: number, colour: number): void {
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) this.set(column, row, colour);
  }

  /** Colours of a rectangle, row by row. */
  put(x: number, y: number, width: number, height: number, colours: ArrayLike<number>): void {
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        this.set(x + column, y + row, colours[row * width + column] as number);
  }

  copy(fromX: number, fromY: number, x: number, y: number, width: number, height: number): void {
    const colours = Array.from({ length: width * height }, (_, index) =>
      this.get(fromX + (index % width), fromY + Math.floor(index / width)),
    );
    this.put(x, y, width, height, colours);
  }
}
