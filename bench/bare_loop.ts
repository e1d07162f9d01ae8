/**
 * A cold start of the least that a picture can cost.
 *
 *     deno run -A bench/bare_loop.ts native|wasm|webgpu STEPS
 */
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { openBarePocket } from "./bare_pocket.ts";

const [device, steps] = Deno.args;
const start = performance.now();
await using bare = await openBarePocket(device as DeviceName);
const loaded = performance.now();
await bare.generate(Number(steps));
const done = performance.now();
console.log(JSON.stringify({ loadMs: loaded - start, generateMs: done - loaded }));
