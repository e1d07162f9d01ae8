/**
 * Whole generations beside plain onnxruntime over the unmodified files.
 *
 *     deno task bench [--compare bundled,quarter,cold] [--quarter FOLDER] [--device native,wasm,webgpu]
 *                     [--alpha 1.25,1.5,1.75,2,3] [--steps 20] [--latents 64] [--form none,graph,kernel] [--rounds 5] [--json]
 *
 * `bundled`: the bundled model, loaded and warm, from prompt to pixels. `quarter`: the denoiser of SD 1.5's layout at a
 * quarter of its width; FOLDER is what `python3 bench/quarter_unet.py FOLDER` wrote, and without it this one is left
 * out. `cold`: a process from its start to a PNG, and diffusers where Python has it; `load` and `generate` are parts
 * of it.
 */
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { bundledContenders } from "./bundled_contenders.ts";
import { coldStartContenders, diffusersContender } from "./cold_start_contenders.ts";
import { quarterContenders } from "./quarter_unet.ts";
import { type Contender, flag, race } from "./race.ts";
import { printRows } from "./table.ts";

const devices = flag("device", "native,wasm,webgpu").split(",") as DeviceName[];
const alphas = flag("alpha", "1.25,1.5,1.75,2,3").split(",").map(Number);
const steps = Number(flag("steps", "20")),
  latents = Number(flag("latents", "64")),
  quarter = flag("quarter", "");
const folder = await Deno.makeTempDir();

function contendersOf(comparison: string): Contender[] {
  switch (comparison) {
    case "bundled":
      return devices.flatMap((device) => bundledContenders(device, steps, alphas));
    case "quarter":
      if (quarter) {
        return devices.flatMap((device) => quarterContenders(quarter, device, steps, alphas, latents));
      }
      console.error(
        "The quarter-width U-Net is left out: give --quarter FOLDER (see bench/quarter_unet.py).",
      );
      return [];
    case "cold":
      return [
        ...devices.flatMap((device) => coldStartContenders(device, steps, folder)),
        diffusersContender(steps, folder),
      ];
    default:
      throw new Error(`Cannot compare "${comparison}": it must be one of bundled, quarter, cold`);
  }
}

try {
  const forms = flag("form", "none,graph,kernel").split(",");
  const all = flag("compare", "bundled,quarter").split(",").flatMap(contendersOf);
  const contenders = all.filter(({ form, name }) => forms.includes(form) || name.startsWith("onnxruntime"));
  printRows(await race(contenders, Number(flag("rounds", "5"))), Deno.args);
} finally {
  await Deno.remove(folder, { recursive: true });
}
