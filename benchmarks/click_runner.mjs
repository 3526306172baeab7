// Runs the page's own click-to-segment for benchmarks/click.py: a JSON line in, a JSON line out.
import { createInterface } from "node:readline";
import { argv, cpuUsage, stdin, stdout } from "node:process";

const { propose } = await import(argv[2]);
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

for await (const line of createInterface({ input: stdin })) {
  const { width, height, grey, prior, strokes } = JSON.parse(line);
  const image = { width, height, grey: bytes(grey), prior: prior && bytes(prior) };
  const start = cpuUsage();
  const inside = propose(image, strokes);
  // of this process: another one on the same core does not count
  const { user, system } = cpuUsage(start);
  stdout.write(`${JSON.stringify({ ms: (user + system) / 1000, inside: Buffer.from(inside).toString("base64") })}\n`);
}
