/**
 * The denoiser of a whole generation with a U-Net of SD 1.5's layout at a quarter of its width: 77 tokens, both
 * branches of guidance in one batch. quarter_unet.py makes the file.
 */
import { join } from "npm:deno-std@1.4.0/path/mod.js";
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import { type OnnxModel, openOnnx } from "../models/onnx/read_onnx.ts";
import { openRuntime } from "../models/runtimes/choose_device.ts";
import { openCutDenoiser } from "../models/runtimes/cut_denoiser.ts";
import type { CutSide } from "../models/runtimes/cut_side.ts";
import type { DeviceName, Runtime, Session } from "../models/runtimes/runtime.ts";
import { floatTensor } from "../models/runtimes/tensor.ts";
import { cutGraph } from "../models/surgery/cut_graph.ts";
import { isCuttable } from "../models/surgery/cuttable_site.ts";
import { findAttentionSites } from "../models/surgery/find_sites.ts";
import { fuseSelfAttention } from "../models/surgery/fuse_self_attention.ts";
import { rewriteSites } from "../models/surgery/rewrite_sites.ts";
import { type AttentionPolicy, LAMBDA_INPUT } from "../ops/attention/policy.ts";
import { measured } from "./measured.ts";
import type { Contender, Sample } from "./race.ts";

const BRANCHES = 2, CHANNELS = 4, TOKENS = 77, WIDTH = 192;
const INPUTS = { text: "encoder_hidden_states", image: "sample" };
const LAMBDA = 2;

function feeds(side: number) {
  const wave = (shape: readonly number[], pace: number) =>
    floatTensor(
      shape,
      new Float32Array(shape.reduce((a, b) => a * b)).map((_, i) => 1.4 * Math.sin(pace * i)),
    );
  return {
    sample: wave([BRANCHES, CHANNELS, side, side], 1.7),
    encoder_hidden_states: wave([BRANCHES, TOKENS, WIDTH], 1.3),
    [LAMBDA_INPUT]: floatTensor([], Float32Array.of(LAMBDA)),
  };
}

/** Opens what is evaluated. */
type Open = (runtime: Runtime) => Promise<Session & AsyncDisposable>;

const whole = (model: OnnxModel): Open => (runtime) => runtime.compile(encodeForSession(model), "unet");

/** A kernel for each site, the policy at cross-attention. */
function cut(model: OnnxModel, policy: AttentionPolicy): Open {
  const sites = findAttentionSites(model, INPUTS).filter(isCuttable);
  return async (runtime) => {
    const pieces = cutGraph(model, sites, new Set([INPUTS.image, "timestep"]));
    const encode = (part: OnnxModel) => Promise.resolve(encodeForSession(part));
    const denoiser = await openCutDenoiser(runtime.cut as CutSide, { model, cut: pieces, encode }, "unet");
    const session = denoiser.session(({ kind }) => kind === "cross" ? policy : { kind: "dense" });
    return { ...session, [Symbol.asyncDispose]: () => denoiser[Symbol.asyncDispose]() };
  };
}

/** Evaluations on one device. */
function evaluate(open: Open, device: DeviceName, steps: number, side: number): Promise<Sample> {
  const given = feeds(side);
  return measured(
    device,
    steps,
    async () => {
      await using stack = new AsyncDisposableStack();
      const session = stack.use(await open(stack.use(await openRuntime(device))));
      const owned = stack.move();
      return { session, [Symbol.asyncDispose]: () => owned.disposeAsync() };
    },
    async ({ session }) => {
      for (let i = 0; i < steps; i++) {
        await session.run({ ...given, timestep: floatTensor([], Float32Array.of(999 - i)) });
      }
    },
  );
}

/**
 * The unmodified file on plain onnxruntime; then ours: on WebGPU and wasm a kernel for each site, dense and PLADIS for each
 * α; on a CPU in nodes too, self-attention fused, and PLADIS with nothing fused.
 */
export function quarterContenders(
  folder: string,
  device: DeviceName,
  steps: number,
  alphas: readonly number[],
  side: number,
): Contender[] {
  const model = openOnnx(join(folder, "model.onnx"));
  const sites = findAttentionSites(model, INPUTS);
  const cross = sites.filter(({ kind }) => kind === "cross"),
    self = sites.filter(({ kind }) => kind === "self");
  const fused = fuseSelfAttention(model, self);
  const policy = (alpha: number) => ({ kind: "pladis", lambda: LAMBDA, alpha }) as const;
  const nodes = (base: OnnxModel, alpha: number) =>
    whole(rewriteSites(base, [{ policy: policy(alpha), sites: cross }], TOKENS));
  const contender = (name: string, form: string, alpha: number | null, open: () => Open): Contender => ({
    comparison: `SD 1.5 layout, quarter width, ${side} × ${side} latents`,
    name,
    device,
    form,
    alpha,
    run: () => evaluate(open(), device, steps, side),
  });
  const base = contender("onnxruntime", "none", null, () => whole(model));
  const kernels = () => [
    contender("dense", "kernel", null, () => cut(model, { kind: "dense" })),
    ...alphas.map((alpha) => contender("PLADIS", "kernel", alpha, () => cut(model, policy(alpha)))),
  ];
  if (device === "webgpu") return [base, ...kernels()];
  return [
    base,
    ...(device === "wasm" ? kernels() : []),
    contender("dense, self-attention fused", "none", null, () => whole(fused)),
    ...alphas.map((alpha) =>
      contender("PLADIS, self-attention fused", "graph", alpha, () => nodes(fused, alpha))
    ),
    contender("PLADIS, nothing fused", "graph", 1.5, () => nodes(model, 1.5)),
  ];
}
