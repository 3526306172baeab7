/** Which slices to have ready, nearest to `at` first and those ahead before those behind; `at` itself comes first. */
export function nearestFirst(at: number, count: number, ahead: 1 | -1, most: number): number[] {
  const order: number[] = [];
  for (let away = 0; away < count && order.length < most; away++) {
    const both = away === 0 ? [at] : [at + away * ahead, at - away * ahead];
    order.push(...both.filter((place) => place >= 0 && place < count));
  }
  return order.slice(0, most);
}

/** Wheel travel as steps: a notch of a mouse is one step at once, a trackpad's small movements add up to one. */
export class WheelSteps {
  private travelled = 0;

  constructor(private readonly stepPixels = 40) {}

  /** pixels: the wheel event's deltaY in CSS pixels. Returns -1, 0 or 1, down being 1. */
  take(pixels: number): -1 | 0 | 1 {
    if (Math.sign(pixels) !== Math.sign(this.travelled)) this.travelled = 0;
    this.travelled += pixels;
    if (Math.abs(this.travelled) < this.stepPixels) return 0;
    this.travelled = 0;
    return pixels > 0 ? 1 : -1;
  }
}

/** Keeps the newest used entries whose sizes (bytes) fit a budget; the one used last always stays. */
export class LatestUsed<T> {
  private readonly entries = new Map<number, { item: T; bytes: number }>();
  private used = 0;

  constructor(private readonly budget: number) {}

  get bytes(): number {
    return this.used;
  }

  get(key: number): T | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.item;
  }

  has(key: number): boolean {
    return this.entries.has(key);
  }

  put(key: number, item: T, bytes: number): void {
    this.drop(key);
    this.entries.set(key, { item, bytes });
    this.used += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.used <= this.budget || this.entries.size === 1) return;
      this.drop(oldest);
    }
  }

  drop(key: number): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.used -= entry.bytes;
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
    this.used = 0;
  }
}
