import assert from "node:assert/strict";
import { sideBySide } from "../../../models/bundle/side_by_side.ts";

const after = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)));
  });

Deno.test("side by side: results in order, whichever ends first", async () => {
  const results = await sideBySide([
    (signal) => after(20, signal).then(() => "a"),
    (signal) => after(1, signal).then(() => 2),
  ]);
  assert.deepEqual(results, ["a", 2]);
});

Deno.test("side by side: the first failure stops the others, which have ended when it is thrown", async () => {
  let ended = false;
  const failing = sideBySide([
    (signal) => after(60_000, signal).finally(() => ended = true),
    (signal) => after(1, signal).then(() => Promise.reject(new Error("first"))),
  ]);
  await assert.rejects(failing, /first/);
  assert.ok(ended);
});

Deno.test("side by side: a signal from outside stops all with its reason", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 5);
  await assert.rejects(sideBySide([(signal) => after(60_000, signal)], controller.signal), /enough/);
  await assert.rejects(sideBySide([() => Promise.resolve(1)], controller.signal), /enough/);
});
