import assert from "node:assert/strict";
import { DeviceError } from "../../errors.ts";
import { createTurns } from "../../pipeline/turns.ts";

/** Lets everything go on that can. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("turns: work waits for the work before it, and keeps the order in which it came", async () => {
  const turns = createTurns(), log: string[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const done = gates.map(({ promise }, i) =>
    turns.take(async () => {
      log.push(`start ${i}`);
      await promise;
      log.push(`end ${i}`);
      return i;
    })
  );
  gates[1].resolve();
  await settle();
  assert.deepEqual(log, ["start 0"]);
  gates[0].resolve();
  assert.deepEqual(await Promise.all(done), [0, 1]);
  assert.deepEqual(log, ["start 0", "end 0", "start 1", "end 1"]);
});

Deno.test("turns: work that fails fails alone", async () => {
  const turns = createTurns();
  const failing = turns.take(() => Promise.reject(new Error("enough")));
  const next = turns.take(() => Promise.resolve(2));
  await assert.rejects(failing, /enough/);
  assert.equal(await next, 2);
});

Deno.test("turns: closing waits for what was taken, refuses the rest, and happens once", async () => {
  const turns = createTurns(), log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const running = turns.take(() => gate.promise.then(() => log.push("work")));
  const last = () => Promise.resolve(void log.push("last"));
  const closed = [turns.close(last), turns.close(last)];
  await assert.rejects(turns.take(() => Promise.resolve(log.push("late"))), (error: Error) => {
    assert.ok(error instanceof DeviceError);
    assert.match(error.message, /the pipeline must be open, got "a disposed one"/);
    return true;
  });
  assert.deepEqual(log, []);
  gate.resolve();
  await Promise.all([running, ...closed]);
  assert.deepEqual(log, ["work", "last"]);
});

Deno.test("turns: the last thing is done even after work that failed", async () => {
  const turns = createTurns();
  let closed = false;
  const failing = turns.take(() => Promise.reject(new Error("enough")));
  const closing = turns.close(() => Promise.resolve(void (closed = true)));
  await assert.rejects(failing, /enough/);
  await closing;
  assert.ok(closed);
});
