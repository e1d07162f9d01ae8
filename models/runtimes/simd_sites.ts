/**
 * The attention sites between two segments, on CPU threads.
 *
 * @module
 */
import type { SimdJob, SimdOperand } from "../../ops/attention/simd/simd_job.ts";
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import { layoutStrides, type OperandLayout } from "../surgery/operand_layout.ts";
import { attentionPart } from "./cut_part.ts";
import type { SiteComputer } from "./cut_side.ts";
import { isOnGpu, type PlacedTensor } from "./gpu_tensor.ts";
import { guardMemory } from "./run_guard.ts";
import { openSimdTeam, type SimdTeam } from "./simd_team.ts";
import { maskStrides, type SiteWork, siteWork } from "./site_work.ts";
import { elementCount, type FloatTensor, floatTensor } from "./tensor.ts";

const FLOAT_BYTES = 4;

function isFloatOnHost(tensor: PlacedTensor): tensor is FloatTensor {
  return !isOnGpu(tensor) && tensor.dtype === "float32";
}

/** Brings a site's tensors into the team's memory, computes it, and takes the result out. */
function attend(team: SimdTeam, work: SiteWork<FloatTensor>, policy: AttentionPolicy): FloatTensor {
  const { query, key, value, mask, result, ...sizes } = work;
  const given = [query.tensor, key.tensor, value.tensor, ...(mask ? [mask.tensor] : [])];
  const count = elementCount(result.shape);
  const { offsets, memory } = team.reserve(
    [count, ...given.map(({ data }) => data.length)].map((length) => length * FLOAT_BYTES),
    work,
  );
  given.forEach(({ data }, i) => new Float32Array(memory, offsets[i + 1], data.length).set(data));
  const operand = (i: number, layout: OperandLayout, length: number): SimdOperand => ({
    offset: offsets[i],
    strides: layoutStrides(layout, length, sizes),
  });
  const job: SimdJob = {
    ...sizes,
    policy,
    output: operand(0, result.layout, sizes.queries),
    query: operand(1, query.layout, sizes.queries),
    key: operand(2, key.layout, sizes.keys),
    value: operand(3, value.layout, sizes.keys),
    ...(mask ? { mask: { offset: offsets[4], strides: maskStrides(mask.shape) } } : {}),
  };
  team.attend(job);
  return floatTensor(
    result.shape,
    new Float32Array(memory, offsets[0], count).slice() as Float32Array<ArrayBuffer>,
  );
}

/**
 * Kernels for sites whose tensors are the host's.
 *
 * @param threads How many threads compute them.
 * @param label Whose sites they are, for errors.
 */
export async function openSimdSites(threads: number, label: string): Promise<SiteComputer> {
  const team = await openSimdTeam(threads), guard = guardMemory("wasm");
  return {
    compute: (sites, values, policyOf) =>
      guard(`run ${label} (${attentionPart(sites).name})`, () =>
        new Promise((resolve) => {
          const results = sites.map((site) => [
            site.operands.output.value,
            attend(team, siteWork(site, values, isFloatOnHost, "of float32 on the host"), policyOf(site)),
          ]);
          resolve(Object.fromEntries(results));
        })),
    // WebAssembly gives no memory back
    empty: () => {},
    [Symbol.asyncDispose]: () => team[Symbol.asyncDispose](),
  };
}
