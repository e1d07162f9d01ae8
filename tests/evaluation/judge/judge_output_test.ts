import assert from "node:assert/strict";
import { CELL_CHANNELS, judgeOutput } from "../../../evaluation/judge/judge_output.ts";
import { COLORS, NAMES, WORLD } from "../../../evaluation/world/world_data.ts";
import { floatTensor } from "../../../models/runtimes/tensor.ts";

const GRID = 16;
const TINT = 1 + NAMES.length;
const SIZE = TINT + WORLD.tints.length + 1;

/** The output for one picture in which the given channels of the given cells are set, and presence is low elsewhere. */
function outputOf(
  cells: readonly { row: number; column: number; values: Readonly<Record<number, number>> }[],
) {
  const data = new Float32Array(CELL_CHANNELS * GRID * GRID).fill(-9, 0, GRID * GRID);
  for (const { row, column, values } of cells) {
    for (const [channel, value] of Object.entries(values)) {
      data[(Number(channel) * GRID + row) * GRID + column] = value;
    }
  }
  const color = new Float32Array(COLORS.length);
  color[COLORS.indexOf("blue")] = 1;
  return judgeOutput(
    floatTensor([1, CELL_CHANNELS, GRID, GRID], data),
    floatTensor([1, COLORS.length], color),
  )[0];
}

const NONE = TINT + WORLD.tints.length;

Deno.test("judge output: a cell's channels are a name, a tint or none, a size, and a centre near the cell's", () => {
  const name = 1 + NAMES.indexOf("dog"), tint = TINT + WORLD.tints.indexOf("blue");
  const numbers = { [SIZE]: 0.875, [SIZE + 1]: 0.25, [SIZE + 2]: -0.5 };
  const seen = outputOf([
    { row: 7, column: 4, values: { 0: 3, [name]: 5, [tint]: 2, ...numbers } },
    { row: 11, column: 12, values: { 0: 3, [name]: 5, [NONE]: 2, ...numbers } },
  ]);
  assert.deepEqual(seen, {
    color: "blue",
    objects: [
      { name: "dog", tint: "blue", place: "left", size: 28, x: 19, y: 28 },
      { name: "dog", place: "bottom right", size: 28, x: 51, y: 44 },
    ],
  });
  assert.equal(CELL_CHANNELS, 91);
});

Deno.test("judge output: a centre is as probable as 0.4 and has no more probable neighbour", () => {
  const present = Math.log(0.4 / 0.6);
  const count = (...cells: [row: number, column: number, logit: number][]) =>
    outputOf(cells.map(([row, column, logit]) => ({ row, column, values: { 0: logit } }))).objects.length;
  assert.equal(count([3, 3, present + 0.001]), 1);
  assert.equal(count([3, 3, present - 0.001]), 0);
  assert.equal(count([3, 3, 2], [4, 4, 1]), 1);
  assert.equal(count([3, 3, 2], [3, 5, 1]), 2);
  assert.equal(count([0, 0, 2], [15, 15, 2], [0, 15, 2], [15, 0, 2]), 4);
  // As in PyTorch, where a peak is a cell that equals the largest around it.
  assert.equal(count([3, 3, 2], [3, 4, 2]), 2);
});
