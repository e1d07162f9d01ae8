/** Two hundred pictures in one process: nothing piles up. */
import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/mod.js";
import { fixture } from "../helpers/goldens.ts";
import { CPU_DEVICES, testOnDevices } from "../helpers/runtimes_under_test.ts";

const IMAGES = 200;

/** Compiled code and inline caches still grow a little after the first picture; one picture's latents are 8 KB. */
const HEAP_GROWTH = 3e6;

/** The model's file is 21 MB; once it is in its sessions, nothing else may keep it. */
const BESIDE_SESSIONS = 10e6;

testOnDevices(`${IMAGES} pictures leave what the first one left`, CPU_DEVICES, async (device) => {
  const script = join(fixture(), "..", "helpers", "long_run.ts");
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-lock", "--v8-flags=--expose-gc", script, device, String(IMAGES)],
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const { first, last, end } = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual(last.live, first.live);
  assert.deepEqual(end, {
    runtimes: 0,
    sessions: 0,
    gpuDevices: 0,
    gpuBuffers: 0,
    gpuTensors: 0,
    workers: 0,
  });
  assert.ok(first.external <= BESIDE_SESSIONS, `${first.external} bytes outside the heap after loading`);
  for (const key of ["heapUsed", "external"]) {
    const growth = last[key] - first[key];
    assert.ok(growth <= HEAP_GROWTH, `${key} grew by ${growth} bytes`);
  }
});
