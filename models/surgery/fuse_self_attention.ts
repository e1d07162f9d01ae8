/**
 * Attention written out in nodes becomes one operator, where a policy leaves it dense.
 *
 * onnxruntime's MultiHeadAttention takes queries, keys and values as their projections leave them. On its native CPU
 * runtime it works through blocks of keys with a running softmax (Dao et al., "FlashAttention", arXiv 2205.14135), so
 * that the scores, [B, H, Q, K], are never stored; in WebAssembly it stores them, and saves the moves around them.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { dropUnused } from "../onnx/drop_unused.ts";
import { indexGraph } from "../onnx/graph_index.ts";
import { AttributeType, type ModelProto, type NodeProto } from "../onnx/onnx_types.ts";
import type { OnnxModel } from "../onnx/read_onnx.ts";
import type { AttentionSite, SiteOperands } from "./attention_site.ts";

/** onnxruntime's own operators. */
const DOMAIN = "com.microsoft";

/**
 * Why a site cannot become one operator; undefined if it can.
 *
 * The operator takes [B, L, H·D] for every operand, and its CPU kernel float32 alone. A mask that varies along keys and
 * not along queries, as those of text do, is none that it takes.
 */
export function whyNotFused(site: AttentionSite): string | undefined {
  const { operands } = site;
  if (!site.written) return "it is one operator already";
  if (!operands) return "its operands are not known";
  const { query, key, value, output } = operands;
  const layouts = new Set([query, key, value, output].map(({ layout }) => layout));
  if (layouts.size > 1 || !layouts.has("packed")) return `its operands lie ${[...layouts].join(" and ")}`;
  if (site.masked || operands.mask !== undefined) return "its scores are masked";
  if (site.dtype !== "float32") return `its scores are ${site.dtype}`;
  return undefined;
}

function fusedNode(
  site: AttentionSite,
  { query, key, value, output, heads, scale }: SiteOperands,
): NodeProto {
  return {
    name: `winnow/${site.id.replaceAll(".", "/")}/MultiHeadAttention`,
    opType: "MultiHeadAttention",
    domain: DOMAIN,
    input: [query.value, key.value, value.value],
    output: [output.value],
    attribute: [
      { name: "num_heads", type: AttributeType.INT, i: heads },
      { name: "scale", type: AttributeType.FLOAT, f: scale },
    ],
  };
}

function importDomain(proto: ModelProto): ModelProto["opsetImport"] {
  return proto.opsetImport.some(({ domain }) => domain === DOMAIN)
    ? proto.opsetImport
    : [...proto.opsetImport, { domain: DOMAIN, version: 1 }];
}

/**
 * Replaces each given site by one com.microsoft.MultiHeadAttention, and leaves out what only the written form needed.
 *
 * @param model The denoiser.
 * @param sites Sites of this model, from `findAttentionSites`, self-attention or cross-attention, for which
 *   `whyNotFused` has nothing to say.
 * @returns A model that shares all weights with the given one; the same model if there is no site.
 * @throws {GraphError} if a site cannot be fused, or is none of this model's.
 */
export function fuseSelfAttention(model: OnnxModel, sites: readonly AttentionSite[]): OnnxModel {
  if (sites.length === 0) return model;
  const { graph } = model.proto;
  const index = indexGraph(model);
  const replacements = new Map<NodeProto, NodeProto>();
  for (const site of sites) {
    const reason = whyNotFused(site);
    const last = site.operands && index.producer(site.operands.output.value);
    if (reason !== undefined || !site.operands || !last) {
      throw new GraphError({
        doing: `fuse the attention of ${model.path}`,
        what: site.id,
        rule: "a written-out site of this model with packed float32 operands and no mask",
        got: reason ?? `no value "${site.operands?.output.value}"`,
      });
    }
    replacements.set(last, fusedNode(site, site.operands));
  }
  const node = graph.node.map((node) => replacements.get(node) ?? node);
  const proto = {
    ...model.proto,
    opsetImport: importDomain(model.proto),
    graph: dropUnused({ ...graph, node }),
  };
  return { ...model, proto };
}
