/** Whole generations with the bundled model, sessions loaded and warm: prompt to pixels. */
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { cfg, ddim, dense, pipeline, pladis, pocket, recipe } from "../mod.ts";
import { openBarePocket } from "./bare_pocket.ts";
import { measured } from "./measured.ts";
import type { Contender } from "./race.ts";

const COMPARISON = "bundled model";
const PROMPT = "a cat left of a rocket on a blue background";

function bare(device: DeviceName, steps: number): Contender {
  return {
    comparison: COMPARISON,
    name: "onnxruntime",
    device,
    form: "none",
    alpha: null,
    run: () => measured(device, steps, () => openBarePocket(device), (sessions) => sessions.generate(steps)),
  };
}

type Form = "none" | "graph" | "kernel";

function winnow(device: DeviceName, steps: number, alpha: number | null, form: Form): Contender {
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
    form,
    alpha,
    run: () =>
      measured(
        device,
        steps,
        () => pipeline(scene, { device, attentionForm: form === "none" ? "auto" : form, onNotice: () => {} }),
        (pipe) => pipe.generate(PROMPT, { seed: 1 }),
      ),
  };
}

/** What each runtime has for PLADIS; dense attention is cut out on WebGPU alone. */
const FORMS: Record<DeviceName, readonly Form[]> = {
  webgpu: ["kernel"],
  wasm: ["kernel", "graph"],
  native: ["graph"],
};

/** onnxruntime over the unmodified files, then Winnow: dense, and PLADIS for each α in each form. */
export function bundledContenders(
  device: DeviceName,
  steps: number,
  alphas: readonly number[],
): Contender[] {
  return [
    bare(device, steps),
    winnow(device, steps, null, device === "webgpu" ? "kernel" : "none"),
    ...FORMS[device].flatMap((form) => alphas.map((alpha) => winnow(device, steps, alpha, form))),
  ];
}
