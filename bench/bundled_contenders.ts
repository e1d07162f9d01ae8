/** Whole generations with the bundled model, sessions loaded and warm: prompt to pixels. */
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { cfg, ddim, dense, pipeline, pladis, pocket, recipe } from "../mod.ts";
import { openBarePocket } from "./bare_pocket.ts";
import type { Contender } from "./race.ts";

const COMPARISON = "bundled model";
const PROMPT = "a cat left of a rocket on a blue background";

async function timed(work: () => Promise<unknown>): Promise<{ ms: number }> {
  const start = performance.now();
  await work();
  return { ms: performance.now() - start };
}

function bare(device: DeviceName, steps: number): Contender {
  return {
    comparison: COMPARISON,
    name: "onnxruntime",
    device,
    form: "none",
    alpha: null,
    async run() {
      await using sessions = await openBarePocket(device);
      await sessions.generate(steps);
      return await timed(() => sessions.generate(steps));
    },
  };
}

function winnow(device: DeviceName, steps: number, alpha: number | null): Contender {
  const scene = recipe({
    model: pocket(),
    scheduler: ddim({ steps }),
    attention: alpha === null ? dense() : pladis({ alpha }),
    guidance: cfg({ scale: 3 }),
  });
  return {
    comparison: COMPARISON,
    name: alpha === null ? "Winnow, dense" : "Winnow, PLADIS",
    device,
    form: device === "webgpu" ? "kernel" : alpha === null ? "none" : "graph",
    alpha,
    async run() {
      await using pipe = await pipeline(scene, { device, onNotice: () => {} });
      await pipe.generate(PROMPT, { seed: 1 });
      return await timed(() => pipe.generate(PROMPT, { seed: 2 }));
    },
  };
}

/** onnxruntime over the unmodified files, then Winnow: dense, and PLADIS for each α. */
export function bundledContenders(
  device: DeviceName,
  steps: number,
  alphas: readonly number[],
): Contender[] {
  return [bare(device, steps), ...[null, ...alphas].map((alpha) => winnow(device, steps, alpha))];
}
