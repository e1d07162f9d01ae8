/**
 * The denoiser, in the form that the plan chose for its attention.
 *
 * @module
 */
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import type { OnnxModel } from "../models/onnx/read_onnx.ts";
import { openCutDenoiser } from "../models/runtimes/cut_denoiser.ts";
import type { CutSide } from "../models/runtimes/cut_side.ts";
import type { Runtime, Session } from "../models/runtimes/runtime.ts";
import type { AttentionSite } from "../models/surgery/attention_site.ts";
import { cutGraph } from "../models/surgery/cut_graph.ts";
import { isCuttable } from "../models/surgery/cuttable_site.ts";
import { findAttentionSites } from "../models/surgery/find_sites.ts";
import { fuseSelfAttention } from "../models/surgery/fuse_self_attention.ts";
import { guideSites } from "../models/surgery/guide_sites.ts";
import { rewriteSites } from "../models/surgery/rewrite_sites.ts";
import { tapWeights } from "../models/surgery/tap_weights.ts";
import { advisedOnMemory } from "./advised_on_memory.ts";
import type { AttentionPlan, Plan } from "./plan.ts";
import { changingInputs } from "./plan_attention.ts";
import { policyAtSite } from "./plan_policies.ts";
import { type BundleSurvey, surveyed } from "./survey.ts";

/** A compiled denoiser. */
export interface Denoiser extends AsyncDisposable {
  /** It with the attention of a plan: the one that it was compiled for, or one that fits it. The session is borrowed. */
  under(attention: AttentionPlan): Session;
}

/** What needs less memory than a graph in one piece: kernels store no scores, which maps are made of. */
function memoryRemedy({ policies, taps }: AttentionPlan, runtime: Runtime): string | undefined {
  if (taps.length > 0) return "Record attention maps at fewer sites, or none.";
  return runtime.cut && policies.every(({ sites }) => sites.every(isCuttable))
    ? "Use --attention-form kernel, which needs less."
    : undefined;
}

/**
 * Compiles the denoiser.
 *
 * @throws {GraphError} if the runtime refuses a graph.
 * @throws {OutOfMemoryError} if there is no memory for it.
 */
export async function compileDenoiser(
  { attention, text, guidance }: Plan,
  survey: BundleSurvey,
  runtime: Runtime,
  signal?: AbortSignal,
): Promise<Denoiser> {
  const { family } = survey, name = family.denoiser;
  const { model: original } = surveyed(survey, name);
  const { form, policies } = attention;
  const model = guideSites(
    original,
    guidance.within,
    findAttentionSites(original, family.inputs),
    family.inputs.text,
  );
  // guidance gives the values around its sites other names
  const found = new Map(findAttentionSites(model, family.inputs).map((site) => [site.id, site]));
  const now = (list: readonly AttentionSite[]) => list.map((site) => found.get(site.id) ?? site);
  const fused = fuseSelfAttention(model, now(attention.fused));
  if (form === "kernel") {
    const encode = (part: OnnxModel) => Promise.resolve(encodeForSession(part));
    const cut = cutGraph(fused, now(attention.cut).filter(isCuttable), changingInputs(family));
    const denoiser = await openCutDenoiser(runtime.cut as CutSide, { model, cut, encode, signal }, name);
    return {
      under: (plan) => denoiser.session(policyAtSite(plan.policies)),
      [Symbol.asyncDispose]: () => denoiser[Symbol.asyncDispose](),
    };
  }
  const placed = policies.map(({ policy, sites }) => ({ policy, sites: now(sites) }));
  const rewritten = form === "graph" ? rewriteSites(fused, placed, text.tokens) : fused;
  const edited = tapWeights(rewritten, now(attention.taps));
  const compile = () => runtime.compile(encodeForSession(edited), name);
  const remedy = memoryRemedy(attention, runtime);
  const session = remedy ? await advisedOnMemory(remedy, compile) : await compile();
  return { under: () => session, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
}
