import assert from "node:assert/strict";
import { type Contender, race } from "../../bench/race.ts";

function contender(
  name: string,
  device: string,
  times: (number | undefined)[],
  order: string[] = [],
): Contender {
  let turn = 0;
  return {
    comparison: "one",
    name,
    device,
    form: "none",
    alpha: null,
    run() {
      order.push(name);
      const ms = times[turn++];
      return Promise.resolve(ms === undefined ? undefined : { ms, load: ms / 2 });
    },
  };
}

Deno.test("race: contenders take turns, and a ratio is to the base's turn in the same round", async () => {
  const order: string[] = [];
  const rows = await race([
    contender("base", "a", [100, 300, 1000], order),
    contender("twice", "a", [200, 600, 1100], order),
    contender("base", "b", [7, 7, 7], order),
  ], 3);
  assert.deepEqual(order.slice(0, 4), ["base", "twice", "base", "base"]);
  assert.deepEqual(rows.map(({ ms, load, least, ratio }) => [ms, load, least, ratio]), [
    [300, 150, 100, 1],
    [600, 300, 200, 2],
    [7, 3.5, 7, 1],
  ]);
});

Deno.test("race: turns that could not be taken count for nothing", async () => {
  const rows = await race([
    contender("base", "a", [undefined, 100]),
    contender("other", "a", [50, 150]),
    contender("never", "a", []),
    contender("without a base", "b", [1, 1]),
  ], 2);
  assert.deepEqual(rows.map(({ name, ms, ratio, rounds }) => [name, ms, ratio, rounds]), [
    ["base", 100, 1, 1],
    ["other", 100, 1.5, 2],
    ["without a base", 1, 1, 2],
  ]);
});
