/**
 * Guidance inside attention, built around sites: their queries, and their results, are changed and nothing between, so
 * that it goes with every policy in every form.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import {
  blurredGraph,
  doubledGraph,
  type GuidedBuilder,
  identityGraph,
  normalizedGraph,
  skippedGraph,
} from "../../ops/attention/guided/graph.ts";
import { applyEdits, editGraph } from "../onnx/graph_editor.ts";
import { type GraphIndex, indexGraph } from "../onnx/graph_index.ts";
import { DataType, type GraphProto, type NodeProto } from "../onnx/onnx_types.ts";
import { type OnnxModel, opsetOf } from "../onnx/read_onnx.ts";
import { inferValueTypes } from "../onnx/value_types.ts";
import type { AttentionSite, SiteOperands } from "./attention_site.ts";
import { blockAround, type TransformerBlock } from "./transformer_block.ts";

/** A site whose grid is `factor` times smaller than the latents. */
export interface GridSite {
  readonly site: AttentionSite;
  readonly factor: number;
}

/** Which sites are guided how. */
export interface GuidedSites {
  /** Self-attention whose map is the identity in some rows of the batch. */
  readonly pag: readonly AttentionSite[];
  /** Self-attention whose queries are blurred in some rows of the batch. */
  readonly seg: readonly GridSite[];
  /** Self-attention of the transformer blocks that are left out in some rows of the batch. */
  readonly slg: readonly AttentionSite[];
  /** Cross-attention to the prompt and to the negative prompt; `text` then has twice the batch of all else. */
  readonly nag: readonly AttentionSite[];
}

/** Every site that is guided. */
export function guidedSites({ pag, seg, slg, nag }: GuidedSites): readonly AttentionSite[] {
  return [...pag, ...seg.map(({ site }) => site), ...slg, ...nag];
}

/** Why a site cannot be guided; undefined if it can. */
export function whyNotGuided({ operands }: AttentionSite): string | undefined {
  if (!operands) return "its operands are not known";
  const layouts = [operands.query, operands.value, operands.output].map(({ layout }) => layout);
  return layouts.every((layout) => layout === "packed")
    ? undefined
    : `its operands lie ${layouts.join(", ")}`;
}

/** A change of one value: the nodes that make the new one of the old. */
interface Change {
  readonly site: AttentionSite;
  readonly value: string;
  readonly write: (guided: GuidedBuilder, old: string) => string;
}

type BlockOf = (site: AttentionSite) => TransformerBlock;

function changesOf({ pag, seg, slg, nag }: GuidedSites, blockOf: BlockOf): Change[] {
  const of = (site: AttentionSite) => site.operands as SiteOperands;
  return [
    ...seg.map(({ site, factor }): Change => ({
      site,
      value: of(site).query.value,
      write: (guided, old) => blurredGraph(guided, old, factor, of(site).heads * of(site).headSize),
    })),
    ...pag.map((site): Change => ({
      site,
      value: of(site).output.value,
      write: (guided, old) => identityGraph(guided, old, of(site).value.value),
    })),
    ...slg.map((site): Change => {
      const { input, output } = blockOf(site);
      return { site, value: output, write: (guided, old) => skippedGraph(guided, old, input) };
    }),
    ...nag.flatMap((site): Change[] => [
      { site, value: of(site).query.value, write: doubledGraph },
      { site, value: of(site).output.value, write: normalizedGraph },
    ]),
  ];
}

/** The old value under another name, then the nodes that give the new one its name. */
function rename(node: NodeProto, from: string, to: string): NodeProto {
  const other = (name: string) => name === from ? to : name;
  return { ...node, input: node.input.map(other), output: node.output.map(other) };
}

/** The text's batch is another than that of the rest. */
function freeBatch(graph: GraphProto, text: string): GraphProto {
  const input = graph.input.map((info) => {
    const tensorType = info.type?.tensorType, dim = tensorType?.shape?.dim;
    if (info.name !== text || !dim) return info;
    const freed = [{ dimParam: "text batch" }, ...dim.slice(1)];
    return { ...info, type: { ...info.type, tensorType: { ...tensorType, shape: { dim: freed } } } };
  });
  return { ...graph, input };
}

function refuse(model: OnnxModel, { id }: AttentionSite, got: string): never {
  throw new GraphError({
    doing: `guide the attention of ${model.path}`,
    what: id,
    rule: "a site with packed operands",
    got,
    remedy: "Name other sites, or export the model again as diffusers' own modules.",
  });
}

function producerOf(index: GraphIndex, model: OnnxModel, { site, value }: Change): NodeProto {
  return index.producer(value) ?? refuse(model, site, `no value "${value}"`);
}

/**
 * Guides sites. Find the sites of the result anew: what they are computed from has other names.
 *
 * @param all Every site of the model.
 * @param text The graph input with the text's embeddings.
 * @returns A model that shares all weights with the given one; the same model if there is no site.
 * @throws {GraphError} if a site's operands are not packed, or it is none of this model's.
 */
export function guideSites(
  model: OnnxModel,
  sites: GuidedSites,
  all: readonly AttentionSite[],
  text: string,
): OnnxModel {
  for (const site of guidedSites(sites)) {
    const reason = whyNotGuided(site);
    if (reason !== undefined) refuse(model, site, reason);
  }
  if (guidedSites(sites).length === 0) return model;
  const { graph } = model.proto;
  const index = indexGraph(model);
  const blockOf: BlockOf = (site) =>
    blockAround(index, site, all) ?? refuse(model, site, "one whose transformer block cannot be told");
  const changes = changesOf(sites, blockOf), typeOf = inferValueTypes(graph);
  const editor = editGraph(opsetOf(model.proto), "guided_constant");
  const replacements = new Map<NodeProto, NodeProto[]>();
  for (const [i, change] of changes.entries()) {
    const node = producerOf(index, model, change), { value, site } = change;
    const half = typeOf(value) === DataType.FLOAT16;
    const nodes = editor.begin(`guided/${i}/${site.id.replaceAll(".", "/")}`);
    const old = `winnow/unguided/${value}`;
    const typed = (input: string) => half ? editor.node("Cast", [input], { to: DataType.FLOAT16 }) : input;
    const made = change.write({ builder: editor, typed }, old);
    const known = replacements.get(node) ?? [node];
    replacements.set(node, [
      ...known.map((each) => rename(each, value, old)),
      ...nodes.map((each) => rename(each, made, value)),
    ]);
  }
  const edited = applyEdits(graph, replacements, editor);
  return {
    ...model,
    proto: { ...model.proto, graph: sites.nag.length > 0 ? freeBatch(edited, text) : edited },
  };
}
