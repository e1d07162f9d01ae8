/**
 * A denoiser cut into segments at its attention sites.
 *
 * Each segment is an ONNX model of its own; between two of them a kernel of ours computes the sites. The nodes that
 * computed the sites are in no segment. What depends on nothing that changes from step to step, such as the keys and
 * values of cross-attention, is a segment apart, run once a prompt.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { type GraphIndex, indexGraph, inputsOf } from "../onnx/graph_index.ts";
import type { NodeProto } from "../onnx/onnx_types.ts";
import type { OnnxModel } from "../onnx/read_onnx.ts";
import { assignStages, PROMPT_STAGE, type StageAssignment } from "./assign_stages.ts";
import { type CuttableSite, operandValues } from "./cuttable_site.ts";
import { readPromptSizes } from "./read_prompt_sizes.ts";
import { type Segment, segmentWriter } from "./write_segment.ts";

/** A segment and the sites that can be computed once it has run. */
export interface CutStage {
  /** Undefined where the sites before are all that these sites wait for. */
  readonly segment: Segment | undefined;
  readonly sites: readonly CuttableSite[];
}

/** A graph in pieces. Running `prompt`, then each stage's segment and sites in order, computes what the graph does. */
export interface CutGraph {
  /** What is computed once a prompt; undefined where there is nothing of that kind. */
  readonly prompt: Segment | undefined;
  readonly stages: readonly CutStage[];
}

/** The nodes that the outputs still need when the sites are computed elsewhere. */
function neededNodes(index: GraphIndex, sites: ReadonlyMap<string, CuttableSite>): Set<NodeProto> {
  const needed = new Set<NodeProto>(), seen = new Set<string>();
  const open = index.graph.output.map(({ name }) => name);
  while (open.length) {
    const value = open.pop() as string;
    if (seen.has(value)) continue;
    seen.add(value);
    const site = sites.get(value);
    if (site) open.push(...operandValues(site));
    const node = site ? undefined : index.producer(value);
    if (!node) continue;
    needed.add(node);
    open.push(...inputsOf(node));
  }
  return needed;
}

/** For each stage the values that it makes and that are used after it, in the sites of the same stage or by the caller. */
function wantedOutputs(
  { stageOf, constant, sites }: StageAssignment,
  nodes: readonly NodeProto[],
  outputs: readonly string[],
): Map<number, Set<string>> {
  const wanted = new Map<number, Set<string>>();
  const want = (value: string, at: number | undefined) => {
    const made = stageOf(value);
    if (made === undefined || made === at || sites.has(value)) return;
    const set = wanted.get(made) ?? new Set();
    wanted.set(made, set.add(value));
  };
  for (const node of nodes) {
    if (constant.has(node)) continue;
    for (const input of inputsOf(node)) want(input, stageOf(node.output[0]));
  }
  for (const site of sites.values()) for (const value of operandValues(site)) want(value, undefined);
  for (const output of outputs) want(output, undefined);
  return wanted;
}

/**
 * Cuts a graph at sites.
 *
 * @param whole The denoiser.
 * @param sites Sites of this model whose operands are known.
 * @param changing Names of the graph inputs that change from step to step; all others are the prompt's.
 * @throws {GraphError} if a value that would cross a cut has a type that cannot be told.
 */
export function cutGraph(
  whole: OnnxModel,
  sites: readonly CuttableSite[],
  changing: ReadonlySet<string>,
): CutGraph {
  const model = readPromptSizes(whole, changing), { graph } = model.proto;
  const index = indexGraph(model);
  const byOutput = new Map(sites.map((site) => [site.operands.output.value, site]));
  const needed = neededNodes(index, byOutput);
  const nodes = graph.node.filter((node) =>
    needed.has(node) || node.output.some((output) => byOutput.has(output))
  );
  const assigned = assignStages(index, nodes, byOutput, changing);
  const outputs = graph.output.map(({ name }) => name);
  for (const output of outputs) {
    if (assigned.stageOf(output) !== undefined && !assigned.sites.has(output)) continue;
    throw new GraphError({
      doing: `cut ${model.path} at its attention sites`,
      what: `output ${output}`,
      rule: "computed from the inputs, by a node",
      got: assigned.sites.has(output) ? "a site's own result" : "a constant or an input",
    });
  }
  const wanted = wantedOutputs(assigned, nodes, outputs);
  const write = segmentWriter(model, index, assigned);
  const byStage = Map.groupBy(
    nodes.filter((node) => !assigned.constant.has(node) && !byOutput.has(node.output[0])),
    (node) => assigned.stageOf(node.output[0]) as number,
  );
  const segment = (stage: number): Segment | undefined => {
    const own = byStage.get(stage);
    const gives = wanted.get(stage);
    return own && gives ? write(own, [...gives]) : undefined;
  };
  const stages: CutStage[] = [];
  for (let stage = 0; stage <= assigned.last; stage++) {
    stages.push({
      segment: segment(stage),
      sites: sites.filter((site) => assigned.siteStage(site) === stage),
    });
  }
  return { prompt: segment(PROMPT_STAGE), stages };
}
