import { describe, expect, it } from "vitest";

import { propose, type ClickImage, type Stroke } from "./propose";

/** Numbers from 0 to 1, the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

type Shape = (x: number, y: number) => boolean;
const disk =
  (cx: number, cy: number, r: number): Shape =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) <= r;

function picture(side: number, shape: Shape, { inside = 150, outside = 80, noise = 16, seed = 1 } = {}) {
  const next = numbers(seed);
  const truth = new Uint8Array(side * side);
  const grey = new Uint8Array(side * side);
  for (let i = 0; i < truth.length; i++) {
    truth[i] = shape((i % side) + 0.5, Math.floor(i / side) + 0.5) ? 1 : 0;
    grey[i] = (truth[i] ? inside : outside) + (next() - 0.5) * 2 * noise;
  }
  const image: ClickImage = { width: side, height: side, grey, prior: null };
  return { image, truth };
}

const click = (x: number, y: number, inside = true): Stroke => ({ points: [{ x, y }], inside });

function dice(a: Uint8Array, b: Uint8Array): number {
  let both = 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    both += a[i] & b[i];
    sum += a[i] + b[i];
  }
  return (2 * both) / sum;
}

describe("a region from clicks", () => {
  it.each([
    [64, disk(30, 34, 14)],
    [200, disk(60, 120, 40)],
    [512, disk(300, 200, 24)],
    [512, disk(260, 250, 130)],
    [700, disk(350, 350, 60)],
  ])("is found by one click where edges are plain: side %i", (side, shape) => {
    const { image, truth } = picture(side, shape);
    const at = truth.indexOf(1);
    const last = truth.lastIndexOf(1);
    const middle = click((at % side) + 0.5, (Math.floor(at / side) + Math.floor(last / side)) / 2);
    expect(dice(propose(image, [middle]), truth)).toBeGreaterThan(0.93);
  });

  it("does not run over into a neighbour of the same grey behind an outside click", () => {
    const left = disk(70, 100, 30);
    const right = disk(126, 100, 30);
    const { image } = picture(200, (x, y) => left(x, y) || right(x, y));
    const { truth } = picture(200, left);
    const one = dice(propose(image, [click(60, 100)]), truth);
    const two = dice(propose(image, [click(60, 100), click(130, 100, false)]), truth);
    expect(one).toBeLessThan(0.75);
    expect(two).toBeGreaterThan(0.8);
  });

  it("holds what was clicked inside and nothing that was clicked outside", () => {
    const { image } = picture(120, disk(60, 60, 30));
    const strokes = [click(60, 60), click(60, 50, false), click(20.5, 20.5)];
    const region = propose(image, strokes);
    expect(region[60 * 120 + 60]).toBe(1);
    expect(region[20 * 120 + 20]).toBe(1);
    expect(region[50 * 120 + 60]).toBe(0);
  });

  it("follows the network where the image shows no edge", () => {
    const shape = disk(90, 80, 30);
    const { image, truth } = picture(180, shape, { inside: 100, outside: 100 });
    const prior = Uint8Array.from(truth, (value) => (value ? 215 : 25));
    expect(dice(propose({ ...image, prior }, [click(90, 80)]), truth)).toBeGreaterThan(0.93);
    expect(dice(propose(image, [click(90, 80)]), truth)).toBeLessThan(0.8);
  });

  it("finds what the network has missed by a click on it", () => {
    const { image, truth } = picture(180, disk(90, 80, 30));
    const prior = Uint8Array.from(truth, (value) => (value ? 40 : 20));
    expect(dice(propose({ ...image, prior }, [click(90, 80)]), truth)).toBeGreaterThan(0.9);
  });

  it("is empty without a click inside the image and inside the region", () => {
    const { image } = picture(50, disk(25, 25, 10));
    for (const strokes of [[], [click(25, 25, false)], [click(-3, 25)], [{ points: [], inside: true }]])
      expect(propose(image, strokes).some(Boolean)).toBe(false);
  });

  it("is the same each time", () => {
    const { image } = picture(150, disk(70, 70, 25));
    expect(propose(image, [click(70, 70)])).toEqual(propose(image, [click(70, 70)]));
  });

  it("takes a scribble as one click with many places", () => {
    const bar: Shape = (x, y) => Math.abs(y - 60) < 6 && x > 15 && x < 105;
    const { image, truth } = picture(120, bar, { noise: 30 });
    const points = Array.from({ length: 80 }, (_, i) => ({ x: 20 + i, y: 60 }));
    expect(dice(propose(image, [{ points, inside: true }]), truth)).toBeGreaterThan(0.9);
  });
});
