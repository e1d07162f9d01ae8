/**
 * In which form attention is computed.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import type { DeviceName, DeviceReport } from "../models/runtimes/runtime.ts";
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
  /** The sites that kernels compute: those of the policies, and others whose softmax is cheaper that way. */
  readonly cut: readonly AttentionSite[];
  /** Sites without a policy that become one operator of the runtime's own, which never stores their scores. */
  readonly fused: readonly AttentionSite[];
  /** One line for a person. */
  readonly why: string;
}

/** What {@linkcode planForm} decides from. */
export interface FormChoice {
  readonly request: AttentionFormRequest;
  /** The runtime, when it is known. */
  readonly device: DeviceReport | undefined;
  /** The sites that the policies take. */
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
 * Sites for kernels: those of the policy, and where text comes in. On the CPU, wasm or a program that is an adapter, every
 * other site as well, whose scores are then never stored; a GPU's runtime has kernels for long self-attention that share
 * keys between queries.
 */
function kernelSites(
  all: readonly AttentionSite[],
  taken: ReadonlySet<string>,
  { device, software }: DeviceReport,
): CuttableSite[] {
  const every = device === "wasm" || software;
  return all.filter((site) => whyNoKernel(site, device) === undefined).filter(isCuttable)
    .filter(({ kind, id }) => every || kind !== "self" || taken.has(id));
}

/** Why a runtime has no kernel for a site; undefined if it has. */
function whyNoKernel(site: AttentionSite, device: DeviceName): string | undefined {
  if (device === "wasm" && site.dtype === "float16") {
    return "it is of float16, and kernels on wasm are of float32";
  }
  return whyNotCut(site);
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
  if (!device || device.device === "native") {
    if (request === "kernel") refuse("the device", "webgpu or wasm", device?.device ?? "not chosen yet");
    return graphForm(
      device ? `kernels need webgpu or wasm, and this is ${device.device}` : "the device is not chosen yet",
    );
  }
  const onGpu = device.device === "webgpu";
  const opaque = sites.find((site) => whyNoKernel(site, device.device) !== undefined);
  const cut = kernelSites(all, taken, device);
  const fault = opaque
    ? `${opaque.id} cannot be cut out: ${whyNoKernel(opaque, device.device)}`
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
    fused: onGpu && !device.software
      ? fusible(all.filter((site) => site.kind === "self" && !cut.some(({ id }) => id === site.id)))
      : [],
    why: request === "kernel"
      ? "as asked for"
      : `${device.device} runs one kernel a site faster than its nodes`,
  };
}
