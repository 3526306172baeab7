import { ROOM, sizeOfPast, type Past } from "./history";
import { alike, pack } from "./runs";

interface Kept {
  past: Past;
  /** the mask as it was left, packed */
  left: Uint8Array;
  size: number;
}

/**
 * What was done to the images that were open before, so that it can be undone after coming back.
 *
 * A past is taken up only on the very mask it was left with; on any other it would undo somebody else's work. All of
 * them hold `room` bytes at most: those left longest ago go first.
 */
export class Shelf {
  private readonly kept = new Map<number, Kept>();

  constructor(private readonly room: number = ROOM) {}

  put(image: number, data: Uint8Array, past: Past): void {
    this.kept.delete(image);
    if (past.done.length + past.undone.length === 0) return;
    const left = pack(data);
    this.kept.set(image, { past, left, size: left.length + sizeOfPast(past) });
    let size = [...this.kept.values()].reduce((sum, one) => sum + one.size, 0);
    for (const [oldest, one] of this.kept) {
      if (size <= this.room) break;
      this.kept.delete(oldest);
      size -= one.size;
    }
  }

  /** The past of an image whose mask is `data` now; undefined where there is none that fits. */
  take(image: number, data: Uint8Array): Past | undefined {
    const found = this.kept.get(image);
    this.kept.delete(image);
    return found && alike(found.left, pack(data)) ? found.past : undefined;
  }
}
