/**
 * The weighted sum of a tile: its values, loaded in blocks, times the weights that stand in the place of the scores.
 *
 * @module
 */
import { tileLayout, type TileShape } from "./tile_layout.ts";
import { eachItem } from "./tile_memory.ts";

/** What an invocation has of the result: in each of some slots one vector of some queries. */
export interface ResultShare {
  /** Slots of an invocation. */
  readonly slots: number;
  /** Queries of a slot. */
  readonly queries: number;
}

/**
 * The cheapest share, for each key. A multiply-add takes a quarter of a read of workgroup memory, and what all
 * invocations read of one weight is one read: a slot reads a vector of the value, 4, and for each of its queries a
 * weight, 1, and adds a vector, 4 / 4.
 */
export function resultShare({ headSize, lanes, workgroup }: TileShape): ResultShare {
  const vectors = Math.ceil(headSize / 4);
  const shares: ResultShare[] = [];
  for (let queries = 1; queries <= lanes.queries; queries *= 2) {
    shares.push({ queries, slots: Math.ceil(lanes.queries * vectors / queries / workgroup) });
  }
  const cost = ({ slots, queries }: ResultShare) => slots * (4 + 2 * queries);
  return shares.reduce((best, share) => cost(share) < cost(best) ? share : best);
}

interface Slot {
  readonly slot: number;
  readonly results: readonly string[];
}

function slotsOf(shape: TileShape): Slot[] {
  const { slots, queries } = resultShare(shape);
  return Array.from({ length: slots }, (_, slot) => ({
    slot,
    results: Array.from({ length: queries }, (_, query) => `result${slot}_${query}`),
  }));
}

/** Slots of all invocations; those beyond repeat the last and write nothing. */
function slotCount(shape: TileShape): number {
  return shape.lanes.queries * tileLayout(shape).vectors / resultShare(shape).queries;
}

/** Declares the results, and where each slot has its weights and its vector of a value. */
export function resultVariables(shape: TileShape): string {
  const { vectors, scoreStride } = tileLayout(shape), { queries } = resultShare(shape);
  return slotsOf(shape).map(({ slot, results }) =>
    `let slot${slot} = min(index + ${slot * shape.workgroup}u, ${slotCount(shape) - 1}u);
  let d${slot} = slot${slot} % ${vectors}u;
  let query${slot} = slot${slot} / ${vectors}u * ${queries}u;
  let weights${slot} = query${slot} * ${scoreStride}u;
  ${results.map((result) => `var ${result} = vec4<f32>();`).join(" ")}`
  ).join("\n  ");
}

/** Keys of a weighted sum, and how far from its key a weight stands in its row; as WGSL expressions. */
export interface WeighedKeys {
  readonly from: string;
  readonly to: string;
  /** The key that stands in the first column. */
  readonly origin: string;
}

/**
 * Adds the values of some keys. Weights up to the next multiple of four must be there, zero beyond the last key, whose
 * value stands there again.
 */
export function weighedSource(shape: TileShape, { from, to, origin }: WeighedKeys): string {
  const { vectors, valueAt, valueKeys, scoreStride } = tileLayout(shape);
  const loads = eachItem(
    {
      count: valueKeys * vectors,
      workgroup: shape.workgroup,
      where: `first + item / ${vectors}u < end`,
    },
    `let at = value_at + min(first + item / ${vectors}u, size.keys - 1u) * size.value_row;
      tile[${valueAt}u + item] = value_vector(at, item % ${vectors}u);`,
  );
  const step = Math.min(valueKeys, 4);
  const additions = Array.from(
    { length: step },
    (_, k) =>
      slotsOf(shape).map(({ slot, results }) =>
        `{ let v = tile[value_row + ${k * vectors}u + d${slot}]; ${
          results.map((result, query) =>
            `${result} += scores[weights${slot} + weight + ${query * scoreStride + k}u] * v;`
          ).join(" ")
        } }`
      ).join("\n        "),
  ).join("\n        ");
  return `let end = (${to} + 3u) / 4u * 4u;
    for (var first = ${from}; first < end; first += ${valueKeys}u) {
      ${loads}
      workgroupBarrier();
      let count = min(${valueKeys}u, end - first);
      for (var k = 0u; k < count; k += ${step}u) {
        let weight = first - ${origin} + k;
        let value_row = ${valueAt}u + k * ${vectors}u;
        ${additions}
      }
      workgroupBarrier();
    }`;
}

/** Writes the results of the queries that there are. */
export function outputSource(shape: TileShape): string {
  return slotsOf(shape).map(({ slot, results }) => {
    const puts = results.map((result, query) =>
      `if (first_row + query${slot} + ${query}u < size.queries) { put_output(output_at + (first_row + query${slot} + ${query}u) * size.output_row, d${slot}, ${result}); }`
    );
    const inside = puts.join("\n    ");
    const whole = (slot + 1) * shape.workgroup <= slotCount(shape);
    return whole
      ? inside
      : `if (index + ${slot * shape.workgroup}u < ${slotCount(shape)}u) {\n    ${inside}\n  }`;
  }).join("\n  ");
}
