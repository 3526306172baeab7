/** Click-to-segment beside the page, so that drawing never waits for it. */
import { propose, type ClickImage, type Stroke } from "./core/propose";

export interface Question {
  id: number;
  image: ClickImage;
  strokes: readonly Stroke[];
}

export interface Answer {
  id: number;
  inside: Uint8Array;
}

self.onmessage = ({ data }: MessageEvent<Question>): void => {
  const answer: Answer = { id: data.id, inside: propose(data.image, data.strokes) };
  self.postMessage(answer);
};
