/**
 * Which segment of a cut graph each node goes into.
 *
 * @module
 */
import { type GraphIndex, inputsOf } from "../onnx/graph_index.ts";
import type { NodeProto } from "../onnx/onnx_types.ts";
import { type CuttableSite, operandValues } from "./cuttable_site.ts";

/** The stage of what is computed once a prompt. */
export const PROMPT_STAGE = -1;

/** Where everything goes. */
export interface StageAssignment {
  /** The stage at which a value is made; undefined for constants, weights and graph inputs. */
  stageOf(value: string): number | undefined;
  /** The stage after whose segment a site is computed. */
  siteStage(site: CuttableSite): number;
  /** Nodes that depend on no input: each segment that needs one has its own copy. */
  readonly constant: ReadonlySet<NodeProto>;
  /** The sites by the value that they give. */
  readonly sites: ReadonlyMap<string, CuttableSite>;
  readonly last: number;
}

/** As early as possible: a stage is the number of sites that must have been computed, one after another. */
function earliestStages(
  index: GraphIndex,
  nodes: readonly NodeProto[],
  sites: ReadonlyMap<string, CuttableSite>,
  changing: ReadonlySet<string>,
) {
  const stages = new Map<string, number>(), constant = new Set<NodeProto>();
  const siteStages = new Map<CuttableSite, number>();
  const known = (value: string) =>
    stages.get(value) ?? (index.isInput(value) ? changing.has(value) ? 0 : PROMPT_STAGE : undefined);
  const latest = (values: readonly string[]) =>
    values.map(known).reduce<number | undefined>(
      (a, b) => b === undefined ? a : Math.max(a ?? b, b),
      undefined,
    );
  for (const node of nodes) {
    const site = node.output.map((output) => sites.get(output)).find(Boolean);
    if (site) {
      const ready = Math.max(0, latest(operandValues(site)) ?? 0);
      siteStages.set(site, ready);
      stages.set(site.operands.output.value, ready + 1);
      continue;
    }
    const stage = latest(inputsOf(node));
    if (stage === undefined) constant.add(node);
    else for (const output of node.output) stages.set(output, stage);
  }
  return { stages, siteStages, constant };
}

/**
 * Sinks nodes to the stage of their first use, where that lets one value cross the cuts in place of another: a
 * projection of the time embedding then stands beside what it is added to, and only the embedding crosses.
 */
function sinkNodes(
  index: GraphIndex,
  nodes: readonly NodeProto[],
  { stages, siteStages, constant }: ReturnType<typeof earliestStages>,
  sites: ReadonlyMap<string, CuttableSite>,
): void {
  const kept = new Set(index.graph.output.map(({ name }) => name));
  const firstUse = new Map<string, number>();
  const use = (value: string, stage: number) =>
    firstUse.set(value, Math.min(firstUse.get(value) ?? Infinity, stage));
  for (const [site, stage] of siteStages) {
    for (const operand of operandValues(site)) use(operand, stage);
  }
  for (const node of nodes.toReversed()) {
    if (constant.has(node) || node.output.some((output) => sites.has(output))) continue;
    const stage = stages.get(node.output[0]) as number;
    const moving = new Set(
      inputsOf(node).filter((input) => (stages.get(input) ?? PROMPT_STAGE) > PROMPT_STAGE),
    );
    const wanted = Math.min(...node.output.map((output) => firstUse.get(output) ?? Infinity));
    const sinks = stage > PROMPT_STAGE && moving.size === 1 && Number.isFinite(wanted) && wanted > stage &&
      !node.output.some((output) => kept.has(output));
    if (sinks) { for (const output of node.output) stages.set(output, wanted); }
    for (const input of inputsOf(node)) use(input, sinks ? wanted : stage);
  }
}

/** Assigns every node to a stage. */
export function assignStages(
  index: GraphIndex,
  nodes: readonly NodeProto[],
  sites: ReadonlyMap<string, CuttableSite>,
  changing: ReadonlySet<string>,
): StageAssignment {
  const found = earliestStages(index, nodes, sites, changing);
  sinkNodes(index, nodes, found, sites);
  const { stages, siteStages, constant } = found;
  return {
    stageOf: (value) => stages.get(value),
    siteStage: (site) => siteStages.get(site) as number,
    constant,
    sites,
    last: Math.max(0, ...stages.values()),
  };
}
