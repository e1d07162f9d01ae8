/**
 * In which form attention is computed.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import type { DeviceReport } from "../models/runtimes/runtime.ts";
import type { AttentionSite } from "../models/surgery/attention_site.ts";
import { isCuttable } from "../models/surgery/cuttable_site.ts";
import { whyNotFused } from "../models/surgery/fuse_self_attention.ts";

/**
 * How the sites are computed: `none`, the graph as it is; `graph`, the policy's nodes in the place of the softmax;
 * `kernel`, the graph cut at its sites and each computed by one kernel of ours.
 */
export type AttentionForm = "none" | "graph" | "kernel";

/** What a user may ask for. */
export const ATTENTION_FORMS = ["auto", "graph", "kernel"] as const;

export type AttentionFormRequest = typeof ATTENTION_FORMS[number];

/** A form, and why it was chosen. */
export interface FormPlan {
  readonly form: AttentionForm;
  /** The sites that kernels compute: those of the policy, and others whose softmax is cheaper that way. */
  readonly cut: readonly AttentionSite[];
  /** Sites without the policy that become one operator of the runtime's own, which never stores their scores. */
  readonly fused: readonly AttentionSite[];
  /** One line for a person. */
  readonly why: string;
}

/**
 * onnxruntime's CPU kernel of MultiHeadAttention goes block by block and takes 0.5 to 0.97 of the time of the written-out
 * nodes; that of its WebAssembly build gains nothing. bench/README.md has the figures.
 */
function fusible(
  device: DeviceReport | undefined,
  sites: readonly AttentionSite[],
  all: readonly AttentionSite[],
): AttentionSite[] {
  if (device?.device !== "native") return [];
  const taken = new Set(sites.map(({ id }) => id));
  return all.filter((site) => !taken.has(site.id) && whyNotFused(site) === undefined);
}

/**
 * Chooses the form.
 *
 * @param sites The sites that the policy takes.
 * @param all Every site of the denoiser.
 * @throws {PlanError} if the kernel form was asked for and cannot be had.
 */
export function planForm(
  request: AttentionFormRequest,
  device: DeviceReport | undefined,
  sites: readonly AttentionSite[],
  all: readonly AttentionSite[],
): FormPlan {
  const refuse = (what: string, rule: string, got: string): never => {
    throw new PlanError({
      doing: "plan attention in kernel form",
      what,
      rule,
      got,
      remedy: "Use --attention-form auto.",
    });
  };
  const graphForm = (why: string): FormPlan => ({
    form: sites.length ? "graph" : "none",
    cut: [],
    fused: fusible(device, sites, all),
    why,
  });
  if (request === "graph") return graphForm("as asked for");
  if (device?.device !== "webgpu") {
    if (request === "kernel") refuse("the device", "webgpu", device?.device ?? "not chosen yet");
    return graphForm(
      device ? `kernels need webgpu, and this is ${device.device}` : "the device is not chosen yet",
    );
  }
  const opaque = sites.find((site) => !isCuttable(site));
  if (opaque) {
    const got = `${opaque.id}, whose operands the graph does not tell`;
    if (request === "kernel") refuse("sites", "computable outside of the graph", got);
    return graphForm(`a site cannot be cut out: ${got}`);
  }
  return {
    form: "kernel",
    cut: all.filter(isCuttable),
    fused: [],
    why: request === "kernel" ? "as asked for" : "webgpu runs one kernel a site faster than its nodes",
  };
}
