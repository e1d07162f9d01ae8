/**
 * The attention kernel with a tile of queries a workgroup: keys and values are read from their buffers once a tile.
 *
 * @module
 */
import { bindingsSource, headOffsetsSource } from "./kernel_frame.ts";
import { type KernelParts, type KeyBounds, type KeyShare, policySource } from "./kernel_policy.ts";
import { joinFunctions, turnSource } from "./tile_joins.ts";
import { tileLayout, type TileShape } from "./tile_layout.ts";
import { loadsVectors, tileVariables, vectorFunctions } from "./tile_memory.ts";
import { queriesSource, scoreBlockFunction } from "./tile_scores.ts";
import { outputSource, resultVariables, weighedSource } from "./tile_values.ts";

/** Puts the weight of key `j` in the place of its score, zero where it is in no share. */
function weightInPlace(shares: readonly KeyShare[], at: string): string {
  const choices = shares.map(({ bounds: [from, to], body }) => {
    const within = from === "0u" ? `j < ${to}` : `j >= ${from} && j < ${to}`;
    return `if (${within}) {\n      ${body}\n      share = weight;\n      }`;
  });
  return `let z = scores[${at}];
      var share = 0.0;
      ${choices.join(" else ")}
      scores[${at}] = share;`;
}

/** Scores of a block of keys, into the columns that `column` begins. */
function scoreBlock({ masked }: TileShape, column: string): string {
  return `score_block(index, block, ${column}, key_at, first_row, ${masked ? "mask_at" : "0u"});`;
}

/** Where all scores are kept: passes need no barrier, since an invocation's keys are its own. */
function keptParts(shape: TileShape): Pick<KernelParts, "first" | "pass" | "add"> {
  const { lanes } = tileLayout(shape), { keys } = shape.lanes;
  const pass: KernelParts["pass"] = ([from, to], body) =>
    `for (var j = ${from} + member; j < ${to}; j += ${lanes}u) {
      let z = scores[score_row + j];
      ${body}
    }`;
  return {
    pass,
    first: (body) =>
      `for (var block = 0u; block < size.keys; block += ${keys}u) {
      ${scoreBlock(shape, "block")}
    }
    workgroupBarrier();
    ${pass(["0u", "size.keys"], body)}`,
    add: (shares) =>
      `for (var j = member; j < (size.keys + 3u) / 4u * 4u; j += ${lanes}u) {
      ${weightInPlace(shares, "score_row + j")}
    }
    workgroupBarrier();
    ${weighedSource(shape, { from: "0u", to: "size.keys", origin: "0u" })}`,
  };
}

/** Where scores are computed again in each pass, a block of keys after another; all invocations take the same turns. */
function blockwiseParts(shape: TileShape): Pick<KernelParts, "first" | "pass" | "add"> {
  const { lanes, teamQueries } = tileLayout(shape), { keys } = shape.lanes;
  const own = (statement: string) =>
    Array.from({ length: teamQueries }, (_, i) =>
      `{
      let at = score_row + member + ${i * lanes}u;
      let j = block + member + ${i * lanes}u;
      ${statement}
      }`).join("\n      ");
  const blocks = ([from, to]: KeyBounds, statement: string, after = "") =>
    `for (var block = ${from} / ${keys}u * ${keys}u; block < ${to}; block += ${keys}u) {
      ${scoreBlock(shape, "0u")}
      workgroupBarrier();
      ${own(statement)}${after}
    }`;
  const pass: KernelParts["pass"] = ([from, to], body) => {
    const within = from === "0u" ? `j < ${to}` : `j >= ${from} && j < ${to}`;
    return blocks([from, to], `if (${within}) {\n      let z = scores[at];\n      ${body}\n      }`);
  };
  const values = { from: "block", to: `min(block + ${keys}u, size.keys)`, origin: "block" };
  return {
    pass,
    first: (body) => pass(["0u", "size.keys"], body),
    add: (shares) =>
      blocks(
        ["0u", "size.keys"],
        weightInPlace(shares, "at"),
        `\n      workgroupBarrier();\n      ${weighedSource(shape, values)}`,
      ),
  };
}

function tileParts(shape: TileShape): KernelParts {
  return {
    ...(shape.store.kind === "kept" ? keptParts(shape) : blockwiseParts(shape)),
    join: (how, first, second) =>
      second === undefined
        ? `${first} = join_${how}(vec2<f32>(${first}, 0.0), index).x;`
        : `{ let joined = join_${how}(vec2<f32>(${first}, ${second}), index); ${first} = joined.x; ${second} = joined.y; }`,
    turn: (done, step) => turnSource(shape, done, step),
    reached: "reached",
  };
}

/** WGSL of the kernel; dispatch ⌈Q / T⌉ × H × B workgroups. */
export function tileKernel(shape: TileShape): string {
  const { lanes, scoreStride } = tileLayout(shape), { queries, subgroups } = shape.lanes;
  const enables = subgroups?.join === "subgroup" ? "enable subgroups;\n" : "";
  const reached = "let reached = first_row + own >= size.reach && first_row + own < size.reach_end;";
  return `${enables}${bindingsSource(shape, loadsVectors(shape))}
${tileVariables(shape)}
${joinFunctions(shape)}
${vectorFunctions(shape)}
${scoreBlockFunction(shape)}

@compute @workgroup_size(${shape.workgroup})
fn main(@builtin(workgroup_id) at: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let head = at.y;
  let batch = at.z;
  ${headOffsetsSource(shape)}
  let first_row = at.x * ${queries}u;
  let own = index / ${lanes}u;
  let member = index % ${lanes}u;
  let score_row = own * ${scoreStride}u;
  ${shape.joint ? reached : ""}
  ${queriesSource(shape)}
  ${resultVariables(shape)}
  ${policySource(shape, tileParts(shape))}
  ${outputSource(shape)}
}
`;
}
