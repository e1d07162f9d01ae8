/** A device that is lost in mid-run, and the run after it. */
import assert from "node:assert/strict";
import { DeviceError, DeviceLostError, OutOfMemoryError } from "../../errors.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import { ddim, noGuidance, pladis, pocket, recipe } from "../../recipes/recipes.ts";
import { scarceMemory } from "../helpers/scarce_memory.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const SCENE = recipe({
  model: pocket(),
  scheduler: ddim({ steps: 2 }),
  attention: pladis({ lambda: 0.5 }),
  guidance: noGuidance(),
});
const PROMPT = "a cat on a red background";

/** The devices that are made while `work` goes on. */
async function devicesOf(work: (devices: GPUDevice[]) => Promise<void>): Promise<void> {
  const { prototype } = GPUAdapter, original = prototype.requestDevice, devices: GPUDevice[] = [];
  prototype.requestDevice = async function (...args) {
    const device = await original.apply(this, args);
    devices.push(device);
    return device;
  };
  try {
    await work(devices);
  } finally {
    prototype.requestDevice = original;
  }
}

testOnDevices(
  "a device that is lost fails its run alone: everything is given back, and the next run has a new device",
  ["webgpu"],
  async (device) => {
    const before = liveCounts();
    await devicesOf(async (devices) => {
      const notices: string[] = [];
      const pipe = await pipeline(SCENE, { device, onNotice: (line) => notices.push(line) });
      const draw = (lose: boolean) =>
        pipe.generate(PROMPT, {
          seed: 3,
          onStep: () => lose ? devices.at(-1)?.destroy() : undefined,
        });
      const first = await draw(false), made = devices.length;
      await assert.rejects(draw(true), DeviceLostError);
      assert.deepEqual(liveCounts(), before);
      const again = await draw(false);
      assert.deepEqual(again.data, first.data);
      assert.ok(devices.length > made);
      assert.match(notices.at(-1) as string, /^The device was lost: the models are loaded onto a new one\.$/);
      await pipe[Symbol.asyncDispose]();
      await assert.rejects(draw(false), DeviceError);
    });
    assert.deepEqual(liveCounts(), before);
  },
);

for (const attentionForm of ["kernel", "graph"] as const) {
  testOnDevices(
    `a run in ${attentionForm} form without memory fails alone: everything is given back, and the next run works`,
    ["webgpu"],
    async (device) => {
      const before = liveCounts(), notices: string[] = [];
      using memory = scarceMemory();
      const onNotice = (line: string) => notices.push(line);
      {
        await using pipe = await pipeline(SCENE, { device, attentionForm, onNotice });
        const first = await pipe.generate(PROMPT, { seed: 3 });
        const failing = pipe.generate(PROMPT, {
          seed: 3,
          onStep: () => memory.refuseNext(({ mappedAtCreation }) => !!mappedAtCreation),
        });
        await assert.rejects(failing, (error: Error) => {
          assert.ok(error instanceof OutOfMemoryError);
          const [{ size }] = memory.refused;
          assert.match(error.message, /^Cannot run unet/);
          assert.ok(error.message.includes(`memory must be enough for ${size} bytes`), error.message);
          assert.equal(/Use --attention-form kernel/.test(error.message), attentionForm === "graph");
          return true;
        });
        assert.deepEqual(liveCounts(), before);
        const again = await pipe.generate(PROMPT, { seed: 3 });
        assert.deepEqual(again.data, first.data);
        assert.match(
          notices.at(-1) as string,
          /^The device was out of memory: the models are loaded afresh\.$/,
        );
      }
      assert.deepEqual(liveCounts(), before);
    },
  );
}
