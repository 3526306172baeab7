import { propose, type ClickImage, type Stroke } from "./core/propose";
import type { Answer, Question } from "./segment.worker";

let worker: Worker | null = null;
let asked = 0;
const waiting = new Map<number, (inside: Uint8Array) => void>();

function start(): Worker {
  const made = new Worker(new URL("./segment.worker.ts", import.meta.url), { type: "module" });
  made.onmessage = ({ data }: MessageEvent<Answer>): void => {
    waiting.get(data.id)?.(data.inside);
    waiting.delete(data.id);
  };
  return made;
}

/** The region that strokes on an image ask for, (H, W): computed in a worker, here where there are none. */
export function askForRegion(image: ClickImage, strokes: readonly Stroke[]): Promise<Uint8Array> {
  if (typeof Worker !== "function") return Promise.resolve(propose(image, strokes));
  worker ??= start();
  const question: Question = { id: ++asked, image, strokes };
  worker.postMessage(question);
  return new Promise((resolve) => waiting.set(question.id, resolve));
}
