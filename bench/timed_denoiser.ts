/** Denoisers to be timed part by part, with inputs of the sizes that the model is made for. */
import { fromFileUrl, join } from "npm:deno-std@1.4.0/path/mod.js";
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import { type OnnxModel, openOnnx } from "../models/onnx/read_onnx.ts";
import { openCutDenoiser } from "../models/runtimes/cut_denoiser.ts";
import type { CutSide } from "../models/runtimes/cut_side.ts";
import type { GpuSide, Runtime } from "../models/runtimes/runtime.ts";
import { floatTensor, type Tensor } from "../models/runtimes/tensor.ts";
import { type CutGraph, cutGraph } from "../models/surgery/cut_graph.ts";
import { isCuttable } from "../models/surgery/cuttable_site.ts";
import { findAttentionSites } from "../models/surgery/find_sites.ts";
import { fuseSelfAttention } from "../models/surgery/fuse_self_attention.ts";
import { type AttentionPolicy, LAMBDA_INPUT } from "../ops/attention/policy.ts";
import { planForm } from "../pipeline/plan_form.ts";
import { type ClockName, createPartClock, hasTimestamps, type PartTime } from "./part_clock.ts";

const BRANCHES = 2, LAMBDA = 2;
const INPUTS = { text: "encoder_hidden_states", image: "sample" };
const CHANGING = new Set([INPUTS.image, "timestep"]);

/** A denoiser's file, and the sizes of one branch's inputs. */
export interface TimedModel {
  readonly name: string;
  readonly file: string;
  /** [C, H, W]. */
  readonly latents: readonly number[];
  /** Tokens and their width. */
  readonly text: readonly number[];
}

export const POCKET: TimedModel = {
  name: "bundled model",
  file: fromFileUrl(new URL("../models/pocket/bundle/unet/model.onnx", import.meta.url)),
  latents: [16, 16, 16],
  text: [32, 128],
};

/** What quarter_unet.py wrote into a folder. */
export function quarterModel(folder: string): TimedModel {
  return {
    name: "SD 1.5 layout, quarter width",
    file: join(folder, "model.onnx"),
    latents: [4, 64, 64],
    text: [77, 192],
  };
}

/** One step: what its parts took, and the whole. */
export interface TimedStep {
  readonly parts: readonly PartTime[];
  readonly wallMs: number;
}

/** λ 2, as everywhere in the benchmarks; null is dense attention. */
function policyOf(alpha: number | null): AttentionPolicy {
  return alpha === null ? { kind: "dense" } : { kind: "pladis", lambda: LAMBDA, alpha };
}

function wave(shape: readonly number[], pace: number): Tensor {
  const numbers = new Float32Array(shape.reduce((a, b) => a * b));
  return floatTensor(shape, numbers.map((_, i) => 1.4 * Math.sin(pace * i)));
}

/** Cuts a graph where a pipeline would on this device. */
function cutAsPlanned(model: OnnxModel, { report }: Runtime): CutGraph {
  const all = findAttentionSites(model, INPUTS), sites = all.filter(({ kind }) => kind !== "self");
  const { cut, fused } = planForm({
    request: "kernel",
    device: report,
    sites,
    all,
    taps: [],
    cutFault: () => undefined,
  });
  return cutGraph(fuseSelfAttention(model, fused), cut.filter(isCuttable), CHANGING);
}

/**
 * Times the steps of a denoiser under each policy, both branches of guidance in one call, after one to warm up. Policies
 * take turns, so that a busy minute hurts all alike; what depends on the prompt alone is computed once for all.
 *
 * @param alphas PLADIS's α at cross-attention, null for dense.
 * @param clock Timestamps where the device has them, if left out.
 */
export async function timeDenoiser(
  runtime: Runtime,
  { file, latents, text }: TimedModel,
  { alphas, steps, clock }: {
    readonly alphas: readonly (number | null)[];
    readonly steps: number;
    readonly clock?: ClockName | undefined;
  },
): Promise<{ clock: ClockName; runs: { alpha: number | null; first: TimedStep; steps: TimedStep[] }[] }> {
  const { device } = runtime.gpu as GpuSide;
  const model = openOnnx(file), cut = cutAsPlanned(model, runtime);
  const chosen = clock ?? (await hasTimestamps(device) ? "timestamps" : "wall");
  using parts = createPartClock(device, chosen, 1 + 2 * cut.stages.length);
  const encode = (part: OnnxModel) => Promise.resolve(encodeForSession(part));
  const source = { model, cut, encode, around: parts.around };
  await using denoiser = await openCutDenoiser(runtime.cut as CutSide, source, "unet");
  const feeds = {
    [INPUTS.image]: wave([BRANCHES, ...latents], 1.7),
    [INPUTS.text]: wave([BRANCHES, ...text], 1.3),
    [LAMBDA_INPUT]: floatTensor([], Float32Array.of(LAMBDA)),
  };
  const policies = alphas.map((alpha) => ({
    alpha,
    session: denoiser.session(({ kind }) => kind === "self" ? { kind: "dense" } : policyOf(alpha)),
    taken: [] as TimedStep[],
  }));
  for (let i = 0; i <= steps; i++) {
    for (const { session, taken } of policies) {
      const start = performance.now();
      await session.run({ ...feeds, timestep: floatTensor([], Float32Array.of(999 - i)) });
      const wallMs = performance.now() - start;
      taken.push({ wallMs, parts: await parts.read() });
    }
  }
  const runs = policies.map(({ alpha, taken: [first, ...rest] }) => ({ alpha, first, steps: rest }));
  return { clock: chosen, runs };
}
