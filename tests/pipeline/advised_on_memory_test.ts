import assert from "node:assert/strict";
import { DeviceError, OutOfMemoryError } from "../../errors.ts";
import { outOfMemory } from "../../models/runtimes/memory_fault.ts";
import type { Session } from "../../models/runtimes/runtime.ts";
import { advisedOnMemory } from "../../pipeline/advised_on_memory.ts";

const REMEDY = "Use --attention-form kernel, which needs less.";

function sessionThat(fails: unknown): Session {
  return {
    label: "unet",
    inputs: [],
    outputs: [],
    run: () => Promise.reject(fails),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function isAdvised(cause: unknown) {
  return (error: Error) => {
    assert.ok(error instanceof OutOfMemoryError);
    assert.equal(
      error.message,
      'Cannot run unet: the GPU\'s memory must be enough for 64 bytes, got "full". ' +
        `${REMEDY} Make smaller pictures or fewer at once, or use --device wasm or --device native.`,
    );
    assert.deepEqual([error.bytes, error.cause], [64, cause]);
    return true;
  };
}

Deno.test("advisedOnMemory: a want of memory, at opening or running, tells of the remedy first", async () => {
  const cause = new Error("validation failed");
  const full = outOfMemory("run unet", "webgpu", { bytes: 64, message: "full" }, cause);
  const session = await advisedOnMemory(REMEDY, () => Promise.resolve(sessionThat(full)));
  await assert.rejects(session.run({}), isAdvised(cause));
  await assert.rejects(advisedOnMemory(REMEDY, () => Promise.reject(full)), isAdvised(cause));
});

Deno.test("advisedOnMemory: other errors are left alone", async () => {
  const other = new DeviceError({ doing: "run unet", what: "feeds", rule: "there" });
  const session = await advisedOnMemory(REMEDY, () => Promise.resolve(sessionThat(other)));
  await assert.rejects(session.run({}), (error) => error === other);
});
