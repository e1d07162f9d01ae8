import assert from "node:assert/strict";
import { eventTurns } from "../../../models/runtimes/event_turns.ts";

/** Keeps the thread busy. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Whether a timer that is due went off while the turn was awaited. */
async function letsIn(turn: () => Promise<void>): Promise<boolean> {
  let came = false;
  const timer = setTimeout(() => came = true, 0);
  work(2);
  await turn();
  clearTimeout(timer);
  return came;
}

Deno.test("eventTurns: events come in once work has gone on for a while, and not at every turn", async () => {
  const turn = eventTurns();
  assert.equal(await letsIn(turn), false, "at once");
  work(60);
  assert.equal(await letsIn(turn), true, "after a while");
  assert.equal(await letsIn(turn), false, "at once after that");
  work(60);
  assert.equal(await letsIn(turn), true, "after another while");
});

Deno.test("eventTurns: a run of promises that never rests is heard to be cancelled", async () => {
  const turn = eventTurns(), controller = new AbortController();
  setTimeout(() => controller.abort(), 0);
  const start = performance.now();
  while (!controller.signal.aborted) {
    assert.ok(performance.now() - start < 2000, "the signal was not heard");
    work(5);
    await turn();
  }
});
