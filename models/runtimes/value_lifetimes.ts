/**
 * When each value of a cut graph has been used for the last time.
 *
 * @module
 */
import type { CutGraph } from "../surgery/cut_graph.ts";
import { operandValues } from "../surgery/cuttable_site.ts";

/** For each stage, the values that nothing uses after its segment, and after its sites. */
export interface LastUses {
  readonly bySegment: readonly (readonly string[])[];
  readonly bySites: readonly (readonly string[])[];
}

/**
 * Finds the last use of every value that a stage makes.
 *
 * @param kept Values that are never let go: the graph's outputs.
 */
export function lastUses({ stages }: CutGraph, kept: ReadonlySet<string>): LastUses {
  const last = new Map<string, number>();
  stages.forEach(({ segment, sites }, i) => {
    // A value that nothing uses is let go where it is made.
    for (const value of segment?.outputs ?? []) last.set(value, 2 * i);
    for (const value of segment?.inputs ?? []) last.set(value, 2 * i);
    for (const site of sites) {
      for (const value of operandValues(site)) last.set(value, 2 * i + 1);
      last.set(site.operands.output.value, 2 * i + 1);
    }
  });
  const at = (moment: number) =>
    [...last].filter(([value, when]) => when === moment && !kept.has(value)).map(([value]) => value);
  return {
    bySegment: stages.map((_, i) => at(2 * i)),
    bySites: stages.map((_, i) => at(2 * i + 1)),
  };
}
