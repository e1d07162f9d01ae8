import assert from "node:assert/strict";
import { createProgress, duration, SILENT, type StepProgress } from "../../cli/progress.ts";

const event = (step: number, steps: number): StepProgress => ({
  step,
  steps,
  sigma: 14.6488 / step,
  elapsedMs: 100 * step,
  remainingMs: 100 * (steps - step),
});

/** Everything that is written in a run of `steps` steps. */
function written(terminal: boolean, steps: number, columns = 80): string {
  let text = "";
  const progress = createProgress({ terminal, columns, write: (part) => text += part });
  const file = { file: "unet/model.onnx", totalBytes: 34_540_000 };
  progress.fetch({ ...file, receivedBytes: 0 });
  progress.fetch({ ...file, receivedBytes: 17_270_000 });
  progress.line("Running on wasm");
  progress.load({ what: "unet", done: 1, total: 2 });
  progress.load({ what: "vae_decoder", done: 2, total: 2 });
  for (let step = 1; step <= steps; step++) progress.step(event(step, steps));
  progress.clear();
  progress.line("done");
  return text;
}

Deno.test("off a terminal, progress is plain lines: the first step, every tenth of the run, the last", () => {
  const lines = written(false, 20).split("\n");
  assert.deepEqual(lines.slice(0, 4), [
    "fetching unet/model.onnx (34.5 MB)",
    "Running on wasm",
    "step  1/20, sigma 14.6, 0.1 s, 1.9 s left",
    "step  2/20, sigma 7.32, 0.2 s, 1.8 s left",
  ]);
  const steps = lines.filter((line) => line.startsWith("step")).map((line) => parseInt(line.slice(5)));
  assert.deepEqual(steps, [1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
  assert.deepEqual(lines.slice(-3), ["step 20/20, sigma 0.732, 2.0 s", "done", ""]);
  assert.ok(!lines.join().includes("\x1b"));
});

Deno.test("off a terminal, long runs write no more lines than short ones need", () => {
  for (const steps of [1, 3, 10, 11, 1000]) {
    const lines = written(false, steps).split("\n").filter((line) => line.startsWith("step"));
    assert.ok(lines.length <= 11 && lines.length >= Math.min(steps, 2), `${steps}: ${lines.length}`);
  }
});

Deno.test("on a terminal, progress is one line that is written over and goes in the end", () => {
  const text = written(true, 4);
  assert.ok(text.includes("\r\x1b[2K[############------------] fetching unet/model.onnx, 17.3 of 34.5 MB"));
  assert.ok(text.includes("\r\x1b[2K[############------------] loaded unet"));
  assert.ok(text.includes("\r\x1b[2K[######------------------] step 1/4, sigma 14.6, 0.1 s, 0.3 s left"));
  assert.ok(text.includes("[########################] step 4/4, sigma 3.66, 0.4 s"));
  assert.equal(text.split("\n").length, 3); // only lines that stay end
  assert.ok(text.endsWith("\r\x1b[2Kdone\n"));
});

Deno.test("on a terminal, the bar never wraps to a second line", () => {
  for (const part of written(true, 4, 30).split("\r\x1b[2K").slice(1, -1)) {
    if (!part.endsWith("\n")) assert.ok(part.length < 30, part);
  }
});

Deno.test("a download whose size is not known is told by what has come", () => {
  let text = "";
  const progress = createProgress({ terminal: true, columns: 80, write: (part) => text += part });
  progress.fetch({ file: "x", receivedBytes: 2_500_000 });
  assert.equal(text, "\r\x1b[2K[------------------------] fetching x, 2.5 MB");
});

Deno.test("a line that stays is written above the bar", () => {
  let text = "";
  const progress = createProgress({ terminal: true, columns: 80, write: (part) => text += part });
  progress.step(event(1, 2));
  progress.line("a warning");
  assert.ok(text.endsWith("\r\x1b[2Ka warning\n"));
});

Deno.test("duration() is short", () => {
  assert.deepEqual([0, 440, 9_940, 75_000, 600_000].map(duration), [
    "0.0 s",
    "0.4 s",
    "9.9 s",
    "75 s",
    "10 min",
  ]);
});

Deno.test("SILENT takes every event", () => {
  SILENT.fetch({ file: "unet/model.onnx", receivedBytes: 1 });
  SILENT.load({ what: "unet", done: 1, total: 2 });
  SILENT.step(event(1, 2));
  SILENT.line("text");
  SILENT.clear();
});

Deno.test("an evaluation's progress: pictures, time left, the setting; off a terminal every tenth", () => {
  const run = (terminal: boolean) => {
    let text = "";
    const progress = createProgress({ terminal, columns: 200, write: (part) => text += part });
    for (let done = 0; done <= 40; done += 2) {
      const remainingMs = done === 0 ? Infinity : 1000 * (40 - done);
      progress.pictures({ done, total: 40, setting: "lambda=2", elapsedMs: 1000 * done, remainingMs });
    }
    progress.clear();
    return text;
  };
  const lines = run(false).split("\n");
  assert.equal(lines.length, 11 + 1);
  assert.equal(lines[0], "picture  0/40, 0.0 s, lambda=2");
  assert.equal(lines[1], "picture  4/40, 4.0 s, 36 s left, lambda=2");
  assert.equal(lines[10], "picture 40/40, 40 s, lambda=2");
  assert.ok(run(true).includes("[############------------] picture 20/40, 20 s, 20 s left, lambda=2"));
});
