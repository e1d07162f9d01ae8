/**
 * In which form attention is computed.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import type { DeviceReport } from "../models/runtimes/runtime.ts";
import type { AttentionSite } from "../models/surgery/attention_site.ts";
import { type CuttableSite, isCuttable, whyNotCut } from "../models/surgery/cuttable_site.ts";
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

/** What {@linkcode planForm} decides from. */
export interface FormChoice {
  readonly request: AttentionFormRequest;
  /** The runtime, when it is known. */
  readonly device: DeviceReport | undefined;
  /** The sites that the policy takes. */
  readonly sites: readonly AttentionSite[];
  /** Every site of the denoiser. */
  readonly all: readonly AttentionSite[];
  /** Sites whose weights are to be read, which a kernel never stores. */
  readonly taps: readonly AttentionSite[];
  /** Tries to cut the graph at some sites: why that cannot be, or undefined. */
  readonly cutFault: (cut: readonly CuttableSite[]) => string | undefined;
}

/**
 * Sites for one operator of the runtime's own. onnxruntime's CPU kernel of MultiHeadAttention goes block by block and
 * takes 0.5 to 0.97 of the time of the written-out nodes, and on a GPU it has a flash kernel; that of its WebAssembly
 * build gains nothing. bench/README.md has the figures.
 */
function fusible(sites: readonly AttentionSite[]): AttentionSite[] {
  return sites.filter((site) => whyNotFused(site) === undefined);
}

/**
 * Sites for kernels. On a CPU they spare the nodes around them whatever the site; on a GPU long self-attention is better
 * left to the runtime, whose kernels share keys between queries.
 */
function kernelSites(all: readonly AttentionSite[], software: boolean): CuttableSite[] {
  return all.filter(isCuttable).filter(({ kind }) => software || kind !== "self");
}

/**
 * Chooses the form.
 *
 * @throws {PlanError} if the kernel form was asked for and cannot be had, or there is no such form.
 */
export function planForm({ request, device, sites, all, taps, cutFault }: FormChoice): FormPlan {
  if (!ATTENTION_FORMS.includes(request)) {
    const rule = `one of ${ATTENTION_FORMS.join(", ")}`;
    throw new PlanError({ doing: "plan attention", what: "attentionForm", rule, got: request });
  }
  const refuse = (what: string, rule: string, got: string): never => {
    const remedy = "Use --attention-form auto.";
    throw new PlanError({ doing: "plan attention in kernel form", what, rule, got, remedy });
  };
  const taken = new Set([...sites, ...taps].map(({ id }) => id));
  const graphForm = (why: string): FormPlan => ({
    form: sites.length ? "graph" : "none",
    cut: [],
    fused: device?.device === "native" ? fusible(all.filter(({ id }) => !taken.has(id))) : [],
    why,
  });
  if (request === "graph") return graphForm("as asked for");
  if (taps.length > 0) {
    if (request === "kernel") {
      refuse("attentionMaps", "none: kernels never store the weights", `${taps.length} sites`);
    }
    return graphForm("attention maps are read from the nodes");
  }
  if (device?.device !== "webgpu") {
    if (request === "kernel") refuse("the device", "webgpu", device?.device ?? "not chosen yet");
    return graphForm(
      device ? `kernels need webgpu, and this is ${device.device}` : "the device is not chosen yet",
    );
  }
  const opaque = sites.find((site) => !isCuttable(site));
  const software = device.software ?? false, cut = kernelSites(all, software);
  const fault = opaque
    ? `${opaque.id} cannot be cut out: ${whyNotCut(opaque)}`
    : cut.length === 0
    ? "the graph has no site that can be cut out"
    : cutFault(cut);
  if (fault !== undefined) {
    if (request === "kernel") refuse("the graph", "one that can be cut at its attention sites", fault);
    return graphForm(fault);
  }
  return {
    form: "kernel",
    cut,
    fused: software ? [] : fusible(all.filter(({ kind }) => kind === "self")),
    why: request === "kernel" ? "as asked for" : "webgpu runs one kernel a site faster than its nodes",
  };
}
