// Draws marks directly into pixels, because a canvas needs at least a microsecond per path.

export const SHAPES = ['dot', 'ring', 'triangle', 'diamond', 'cross', 'square', 'plus', 'wedge'] as const;
export type Shape = (typeof SHAPES)[number];

/** The coverage (0..255) of a mark in a square of `size` pixels. */
export interface Mark {
  readonly size: number;
  readonly alpha: Uint8Array;
}

/** Whether a point is in a shape. x and y are from -1 to 1; `pixel` is the size of a pixel on that scale. */
const INSIDE: Record<Shape, (x: number, y: number, pixel: number) => boolean> = {
  dot: (x, y) => x * x + y * y <= 0.72,
  ring: (x, y, pixel) => x * x + y * y <= 0.9 && x * x + y * y >= (0.9 - 1.1 * Math.max(pixel, 0.3)) ** 2,
  triangle: (x, y) => y <= 0.75 && Math.abs(x) <= (y + 0.95) * 0.58,
  diamond: (x, y) => Math.abs(x) + Math.abs(y) <= 1,
  cross: (x, y, pixel) => Math.abs(Math.abs(x) - Math.abs(y)) <= Math.max(0.34, pixel * 0.8),
  square: (x, y) => Math.abs(x) <= 0.74 && Math.abs(y) <= 0.74,
  plus: (x, y, pixel) => Math.min(Math.abs(x), Math.abs(y)) <= Math.max(0.24, pixel * 0.55),
  wedge: (x, y) => y >= -0.75 && Math.abs(x) <= (0.95 - y) * 0.58,
};

const SAMPLES = 5;

export function markOf(shape: Shape, size: number): Mark {
  const alpha = new Uint8Array(size * size);
  const pixel = 2 / size;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let hits = 0;
      for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
        const sx = (x + ((sample % SAMPLES) + 0.5) / SAMPLES) * pixel - 1;
        const sy = (y + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) * pixel - 1;
        if (INSIDE[shape](sx, sy, pixel)) hits++;
      }
      alpha[y * size + x] = Math.round((hits / SAMPLES ** 2) * 255);
    }
  }
  return { size, alpha };
}

/** Red, green, blue; 0..255. */
export type Colour = readonly [number, number, number];

/** The pixels of a canvas, as in ImageData. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Draws a mark with its centre at x, y. */
export function stamp(
  pixels: Pixels,
  mark: Mark,
  x: number,
  y: number,
  [red, green, blue]: Colour,
  opacity = 1,
): void {
  const { width, height, data } = pixels;
  const { size, alpha } = mark;
  const left = Math.round(x - size / 2);
  const top = Math.round(y - size / 2);
  for (let row = Math.max(0, -top); row < size && top + row < height; row++) {
    for (let column = Math.max(0, -left); column < size && left + column < width; column++) {
      const over = (alpha[row * size + column]! * opacity) / 255;
      if (over === 0) continue;
      const at = ((top + row) * width + left + column) * 4;
      const under = (data[at + 3]! / 255) * (1 - over);
      const sum = over + under;
      data[at] = (red * over + data[at]! * under) / sum;
      data[at + 1] = (green * over + data[at + 1]! * under) / sum;
      data[at + 2] = (blue * over + data[at + 2]! * under) / sum;
      data[at + 3] = sum * 255;
    }
  }
}

/** A colour as a 32-bit pixel, little endian, not premultiplied. */
export function pixelOf([red, green, blue]: Colour, alpha: number): number {
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | (red & 255)) >>> 0;
}
