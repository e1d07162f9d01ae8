/**
 * The scores of a tile's queries with a block of keys.
 *
 * @module
 */
import { scoreSource } from "./kernel_frame.ts";
import { tileLayout, type TileShape } from "./tile_layout.ts";
import { eachItem } from "./tile_memory.ts";

/** Loads the tile's queries, scaled; beyond the last query it is loaded again. */
export function queriesSource(shape: TileShape): string {
  const { chunks, depth, queryStride } = tileLayout(shape), { queries } = shape.lanes;
  const columns = chunks * depth;
  return eachItem(
    { count: queries * columns, workgroup: shape.workgroup },
    `let query = item / ${columns}u; let d = item % ${columns}u;
    let at = query_at + min(first_row + query, size.queries - 1u) * size.query_row;
    tile[query * ${queryStride}u + d] = query_vector(at, d) * size.scale;`,
  );
}

/**
 * `score_block(index, first, column, key_at, first_row, mask_at)`: the scores with the keys from `first` on, put into
 * `scores` from `column` on. An invocation has one key and some of the queries, so that a vector of the key is read once
 * for all of them. A barrier must follow before they are read.
 */
export function scoreBlockFunction(shape: TileShape): string {
  const { depth, chunks, queryStride, blockAt, blockStride, teamQueries, scoreStride } = tileLayout(shape);
  const { keys } = shape.lanes;
  const teams = Array.from({ length: teamQueries }, (_, i) => i);
  const loads = eachItem(
    { count: keys * depth, workgroup: shape.workgroup, where: `first + item / ${depth}u < size.keys` },
    `let row = item / ${depth}u; let d = item % ${depth}u;
    let at = key_at + (first + row) * size.key_row;
    tile[${blockAt}u + row * ${blockStride}u + d] = key_vector(at, chunk + d);`,
  );
  const products = Array.from({ length: depth }, (_, d) => {
    const sums = teams.map((i) => `dot${i} += dot(tile[query_row + ${i * queryStride + d}u], k);`).join(" ");
    return `{ let k = tile[key_row + ${d}u]; ${sums} }`;
  });
  const block = `${loads}
    workgroupBarrier();
    let query_row = team * ${teamQueries * queryStride}u + chunk;
    ${products.join("\n    ")}
    workgroupBarrier();`;
  const mask = (i: number) =>
    `let mask_at = mask_at + min(first_row + team * ${teamQueries}u + ${i}u, size.queries - 1u) * size.mask_row;`;
  const scores = teams.map((i) =>
    `{
      let dot = dot${i};
      ${shape.masked ? mask(i) : ""}
      ${scoreSource(shape)}
      scores[(team * ${teamQueries}u + ${i}u) * ${scoreStride}u + column + key] = z;
    }`
  );
  return `fn score_block(index: u32, first: u32, column: u32, key_at: u32, first_row: u32, mask_at: u32) {
  let key = index % ${keys}u;
  let team = index / ${keys}u;
  let key_row = ${blockAt}u + key * ${blockStride}u;
  ${teams.map((i) => `var dot${i} = 0.0;`).join(" ")}
  ${
    chunks === 1
      ? `let chunk = 0u;\n    ${block}`
      : `for (var chunk = 0u; chunk < ${chunks * depth}u; chunk += ${depth}u) {\n    ${block}\n  }`
  }
  let j = first + key;
  if (j < size.keys) {
    ${scores.join("\n    ")}
  }
}`;
}
