/**
 * Where a step's time goes on WebGPU: each segment and each group of attention sites of a cut denoiser.
 *
 *     deno run -A bench/segment_times.ts [--model pocket] [--quarter FOLDER] [--alpha 1.5,3] [--steps 5]
 *                                        [--clock timestamps|wall] [--totals] [--json]
 *
 * Dense attention first, then PLADIS for each α. Times are medians over the steps, after one to warm up. FOLDER is what
 * `python3 bench/quarter_unet.py FOLDER` wrote. `--totals` leaves the parts out.
 */
import { openRuntime } from "../models/runtimes/choose_device.ts";
import type { ClockName } from "./part_clock.ts";
import { partRows, totalRows } from "./part_rows.ts";
import { flag } from "./race.ts";
import { printRows } from "./table.ts";
import { POCKET, quarterModel, timeDenoiser } from "./timed_denoiser.ts";

const model = flag("model", "pocket"), quarter = flag("quarter", "");
if (model !== "pocket") {
  throw new Error(`Cannot time "${model}": it must be pocket, or give --quarter FOLDER`);
}
const alphas = [null, ...flag("alpha", "1.5,3").split(",").map(Number)];
const steps = Number(flag("steps", "5")), clock = flag("clock", "") as ClockName | "";
if (clock !== "" && clock !== "timestamps" && clock !== "wall") {
  throw new Error(`Cannot time by "${clock}": --clock must be timestamps or wall`);
}

await using runtime = await openRuntime("webgpu");
console.error(runtime.report.reason);
const timed = await timeDenoiser(
  runtime,
  quarter ? quarterModel(quarter) : POCKET,
  { alphas, steps, clock: clock || undefined },
);
if (!clock && timed.clock === "wall") {
  console.error("This device has no timestamp-query, or its stamps do not go on: times are by the wall.");
}
const told = Deno.args.includes("--totals") ? [totalRows] : [partRows, totalRows];
printRows(timed.runs.flatMap((run) => told.flatMap((rows) => rows(timed.clock, run))), Deno.args);
