/**
 * The CPU kernel alone, on one thread: ns a score.
 *
 *     deno run -A --no-lock bench/simd_kernel_bench.ts [--alpha 1.25,1.5,1.75,2,2.5,3] [--rounds 9] [--json]
 */
import { compileSimdKernel, instantiateSimdKernel, KERNEL_BYTES } from "../ops/attention/simd/simd_kernel.ts";
import {
  JOB_BYTES,
  scratchBytes,
  type SimdJob,
  unitCount,
  writeJob,
} from "../ops/attention/simd/simd_job.ts";
import type { AttentionPolicy } from "../ops/attention/policy.ts";
import { type Contender, flag, race } from "./race.ts";
import { printRows } from "./table.ts";

const PAGE = 65_536;
const SHAPES = [[8, 4096, 77, 10], [8, 1024, 77, 20], [8, 4096, 77, 40], [8, 256, 77, 160], [
  8,
  1024,
  300,
  72,
]];

/** Scores of order 3, as a trained model's, by operands of order 1.5. */
function fill(memory: ArrayBuffer | SharedArrayBuffer, offset: number, count: number): void {
  const data = new Float32Array(memory, offset, count);
  for (let i = 0; i < count; i++) data[i] = 1.7 * Math.sin(12.9898 * i + offset);
}

const module = await compileSimdKernel();

function contender([heads, queries, keys, headSize]: number[], policy: AttentionPolicy): Contender {
  const alpha = "alpha" in policy ? policy.alpha : null;
  return {
    comparison: `${heads} × ${queries} × ${keys} × ${headSize}`,
    name: alpha === null ? "dense" : "PLADIS",
    device: "wasm",
    form: "kernel",
    alpha,
    run() {
      const sizes = { batch: 1, heads, queries, keys, headSize };
      const floats = (length: number) => 4 * length * heads * headSize;
      const job = Math.ceil(KERNEL_BYTES / 16) * 16, scratch = job + Math.ceil(JOB_BYTES / 16) * 16;
      const query = scratch + Math.ceil(scratchBytes(sizes) / 16) * 16, key = query + floats(queries);
      const value = key + floats(keys), output = value + floats(keys);
      const pages = Math.ceil((output + floats(queries)) / PAGE);
      const memory = new WebAssembly.Memory({ initial: pages, maximum: PAGE, shared: true });
      for (const [offset, length] of [[query, queries], [key, keys], [value, keys]]) {
        fill(memory.buffer, offset, floats(length) / 4);
      }
      const packed = (offset: number, length: number): SimdJob["query"] => ({
        offset,
        strides: [length * heads * headSize, headSize, heads * headSize],
      });
      writeJob(memory.buffer, job, {
        ...sizes,
        query: packed(query, queries),
        key: packed(key, keys),
        value: packed(value, keys),
        output: packed(output, queries),
        scale: 1 / Math.sqrt(headSize),
        policy,
      });
      const { attend } = instantiateSimdKernel(module, memory), units = unitCount(sizes);
      attend(job, 0, Math.min(units, 8), scratch);
      const start = performance.now();
      attend(job, 0, units, scratch);
      const ms = performance.now() - start;
      return Promise.resolve({ ms, nsAScore: 1e6 * ms / (heads * queries * keys) });
    },
  };
}

const alphas = flag("alpha", "1.25,1.5,1.75,2,2.5,3").split(",").map(Number);
const contenders = SHAPES.flatMap((shape) => [
  contender(shape, { kind: "dense" }),
  ...alphas.map((alpha) => contender(shape, { kind: "pladis", lambda: 2, alpha })),
]);
printRows(await race(contenders, Number(flag("rounds", "9"))), Deno.args);
