import assert from "node:assert/strict";
import { DeviceError, DomainError } from "../../../errors.ts";
import { judgeInput } from "../../../evaluation/judge/judge_input.ts";
import { openJudge } from "../../../evaluation/judge/judge.ts";
import { verdict } from "../../../evaluation/judge/verdict.ts";
import type { Seen } from "../../../evaluation/scene.ts";
import { liveCounts } from "../../../models/runtimes/live_count.ts";
import { floatTensor } from "../../../models/runtimes/tensor.ts";
import { enlarge } from "../../../pipeline/enlarge.ts";
import { ALL_DEVICES, testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { picturesOf, readings, scenes } from "../evaluation_fixtures.ts";

/** Pixels; PyTorch's convolutions and onnxruntime's sum in other orders. */
const TOLERANCE = 0.02;

/** A software adapter takes half a second for a picture. */
const FEW = 12;

const pictures = await picturesOf("read.png");

function assertSame(seen: Seen, expected: Seen, what: string): void {
  const words = (
    { objects, color }: Seen,
  ) => [color, ...objects.map(({ name, tint, place }) => [name, tint, place])];
  assert.deepEqual(words(seen), words(expected), what);
  expected.objects.forEach((object, i) => {
    for (const key of ["size", "x", "y"] as const) {
      const got = seen.objects[i][key];
      assert.ok(
        Math.abs(got - object[key]) < TOLERANCE,
        `${what}: ${object.name}'s ${key} is ${got}, not ${object[key]}`,
      );
    }
  });
}

testOnDevices(
  "judge: it reads what PyTorch reads, and both come to the same verdicts",
  ALL_DEVICES,
  async (device) => {
    await using judge = await openJudge({ device });
    assert.equal(judge.device.device, device);
    const shown = device === "webgpu" ? pictures.slice(0, FEW) : pictures;
    const seen = await judge.read(shown);
    assert.equal(seen.length, shown.length);
    seen.forEach((each, i) => {
      const scene = scenes[readings[i].scene];
      assertSame(each, readings[i].seen, `picture ${i}, asked for: ${scene.caption}`);
      assert.deepEqual(verdict(scene, each), readings[i].verdict);
    });
  },
);

testOnDevices(
  "judge: one by one, enlarged, as a tensor, or many at once: the same is seen",
  ["wasm"],
  async (device) => {
    await using judge = await openJudge({ device });
    const expected = await judge.read(pictures);
    const [alone] = await judge.read([pictures[3]]);
    assertSame(alone, expected[3], "alone");
    const tensor = judgeInput(pictures.slice(0, 2));
    assert.deepEqual(tensor.shape, [2, 3, 64, 64]);
    assert.deepEqual(await judge.read(tensor), await judge.read(pictures.slice(0, 2)));
    assertSame((await judge.read([enlarge(pictures[5], 4)]))[0], expected[5], "enlarged");
    const many = await Promise.all([judge.read([...pictures, ...pictures]), judge.read([pictures[0]])]);
    assert.deepEqual(many.map(({ length }) => length), [2 * pictures.length, 1]);
    many[0].forEach((seen, i) => assertSame(seen, expected[i % pictures.length], `${i} of many`));
    assert.deepEqual(await judge.read([]), []);
  },
);

testOnDevices("judge: what it opened is given back, and it reads no more", ["wasm"], async (device) => {
  const before = liveCounts();
  const judge = await openJudge({ device });
  assert.deepEqual(liveCounts(), { ...before, sessions: before.sessions + 1, runtimes: before.runtimes + 1 });
  const reading = judge.read([pictures[0]]);
  await judge[Symbol.asyncDispose]();
  await judge[Symbol.asyncDispose]();
  assert.equal((await reading).length, 1, "what was begun is ended");
  assert.deepEqual(liveCounts(), before);
  await assert.rejects(judge.read([pictures[0]]), DeviceError);
});

testOnDevices("judge: opening can be cancelled", ["wasm"], async (device) => {
  const before = liveCounts();
  const reason = new Error("enough");
  await assert.rejects(openJudge({ device, signal: AbortSignal.abort(reason) }), reason);
  const control = new AbortController();
  const opening = openJudge({ device, signal: control.signal });
  control.abort(reason);
  await assert.rejects(opening, reason);
  assert.deepEqual(liveCounts(), before);
});

Deno.test("judge: a tensor of another shape, or with a NaN, is an error", () => {
  const zeros = (...shape: number[]) => floatTensor(shape, new Float32Array(shape.reduce((a, b) => a * b)));
  for (const shape of [[1, 3, 32, 32], [3, 64, 64], [1, 64, 64, 3]]) {
    assert.throws(() => judgeInput(zeros(...shape)), DomainError);
  }
  const strange = zeros(1, 3, 64, 64);
  strange.data[7] = NaN;
  assert.throws(() => judgeInput(strange), /must be finite numbers, got NaN/);
});
