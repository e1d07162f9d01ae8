/** The denoiser of the tiny Stable Diffusion 1.5 fixture, cut at all of its sites. */
import { encodeForSession } from "../../models/onnx/encode_onnx.ts";
import type { AroundPart } from "../../models/runtimes/cut_part.ts";
import { type CutDenoiser, openCutDenoiser } from "../../models/runtimes/cut_denoiser.ts";
import type { CutSide } from "../../models/runtimes/cut_side.ts";
import type { Runtime } from "../../models/runtimes/runtime.ts";
import { cutGraph } from "../../models/surgery/cut_graph.ts";
import { isCuttable } from "../../models/surgery/cuttable_site.ts";
import { loadCoreForward } from "./core_forward.ts";

export async function loadTinyDenoiser() {
  const { model, sites, changing, feeds, goldens } = await loadCoreForward("sd15");
  const dense = goldens.floats("core_forward", "out.dense");
  return { model, feeds, dense, cut: cutGraph(model, sites.filter(isCuttable), changing) };
}

type Tiny = Awaited<ReturnType<typeof loadTinyDenoiser>>;

/** Compiles it; its name is `unet`. */
export function openTinyDenoiser(
  runtime: Runtime,
  { model, cut }: Tiny,
  around?: AroundPart,
): Promise<CutDenoiser> {
  const encode = (part: Tiny["model"]) => Promise.resolve(encodeForSession(part));
  return openCutDenoiser(
    runtime.cut as CutSide,
    { model, cut, encode, ...(around ? { around } : {}) },
    "unet",
  );
}
