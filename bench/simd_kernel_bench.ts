/**
 * The WebAssembly kernel on one thread: each policy beside dense attention, and onnxruntime-web's own dense nodes.
 *
 *     deno run -A --no-lock bench/simd_kernel_bench.ts [--alpha 1.25,1.5,1.75,2,2.5,3] [--rounds 15] [--spread 1.8]
 *                     [--shape "8x4096x77x10,…"] [--nodes no] [--json]
 *
 * A shape is heads × queries × keys × head size. Scores are normal, each query's independent of the others': neighbours in
 * a picture are alike, which is easier. With a standard deviation (`--spread`) of 1.8 about 15 keys of 77 count (the
 * exponential of the entropy), and of 1 about 50. `ns` is per score, `ratio` the median over the rounds of what a turn
 * took against dense attention's in the same round.
 */
import { JOB_BYTES, scratchBytes, unitCount, writeJob } from "../ops/attention/simd/simd_job.ts";
import { compileSimdKernel, instantiateSimdKernel } from "../ops/attention/simd/simd_kernel.ts";
import { alphaOf, type AttentionPolicy } from "../ops/attention/policy.ts";
import { denseNodes } from "./dense_nodes.ts";
import { flag } from "./race.ts";
import { median, printRows, type Row } from "./table.ts";

/** Stable Diffusion 1.5's first and third level, and the first two at a quarter of its width. */
const SHAPES = "8x4096x77x10,8x1024x77x20,8x4096x77x40,8x256x77x160";

/** A turn is about this long, so that a clock's tick and an interruption count for little. */
const TURN_MS = 30;

const PAGE = 2 ** 16, JOB = 1024;

export interface BenchShape {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headSize: number;
}

/** Normal numbers, always the same (Box and Muller, over the fractional parts of multiples). */
function normals(length: number, seed: number): Float32Array {
  const uniform = (i: number) => (i * 0.6180339887498949 + Math.sin(i * 12.9898 + seed) * 43758.5453) % 1;
  const positive = (x: number) => x < 0 ? x + 1 : x;
  return Float32Array.from({ length }, (_, i) => {
    const a = Math.max(positive(uniform(2 * i + 1)), 1e-12), b = positive(uniform(2 * i + 2));
    return Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b);
  });
}

/** Queries, keys and values, each [1, L, H · D]. */
function operands({ heads, queries, keys, headSize }: BenchShape): Float32Array[] {
  return [queries, keys, keys].map((length, i) => normals(length * heads * headSize, i));
}

/** A turn of the kernel: how often it is to compute the site. */
async function kernelOf(shape: BenchShape, policy: AttentionPolicy, data: Float32Array[], scale: number) {
  const { heads, queries, headSize } = shape, width = heads * headSize;
  const lengths = [...data.map(({ length }) => length), queries * width];
  const offsets = lengths.map((_, i) =>
    2048 + 4 * lengths.slice(0, i).reduce((a, b) => a + Math.ceil(b / 16) * 16, 0)
  );
  const scratch = offsets[3] + 4 * Math.ceil(lengths[3] / 16) * 16;
  const pages = Math.ceil((scratch + scratchBytes(shape)) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  data.forEach((floats, i) => new Float32Array(memory.buffer, offsets[i], floats.length).set(floats));
  const operand = (i: number) => ({ offset: offsets[i], strides: [0, headSize, width] as const });
  if (JOB + JOB_BYTES > 2048) throw new Error("the job does not fit");
  writeJob(memory.buffer, JOB, {
    query: operand(0),
    key: operand(1),
    value: operand(2),
    output: operand(3),
    batch: 1,
    ...shape,
    scale,
    policy,
  });
  const kernel = instantiateSimdKernel(await compileSimdKernel(), memory);
  const units = unitCount({ batch: 1, ...shape });
  return () => kernel.attend(JOB, 0, units, scratch);
}

interface Contender {
  readonly name: string;
  readonly alpha: number | null;
  run(): unknown;
}

/** Nanoseconds a score of each contender's turns. */
async function turns(contenders: readonly Contender[], scores: number, rounds: number): Promise<number[][]> {
  const taken = contenders.map((): number[] => []);
  const repeats: number[] = [];
  for (const { run } of contenders) {
    await run();
    const start = performance.now();
    await run();
    repeats.push(Math.max(1, Math.round(TURN_MS / (performance.now() - start))));
  }
  for (let round = 0; round < rounds; round++) {
    for (const [at, { run }] of contenders.entries()) {
      const start = performance.now();
      for (let i = 0; i < repeats[at]; i++) await run();
      taken[at].push((performance.now() - start) * 1e6 / repeats[at] / scores);
    }
  }
  return taken;
}

const alphas = flag("alpha", "1.25,1.5,1.75,2,2.5,3").split(",").map(Number);
const policies: AttentionPolicy[] = [
  { kind: "dense" },
  ...alphas.map((alpha): AttentionPolicy => ({ kind: "pladis", lambda: 2, alpha })),
];
const rows: Row[] = [];
for (const text of flag("shape", SHAPES).split(",")) {
  const [heads, queries, keys, headSize] = text.split("x").map(Number);
  const shape = { heads, queries, keys, headSize }, data = operands(shape);
  const scale = Number(flag("spread", "1.8")) / Math.sqrt(headSize);
  const contenders: Contender[] = [];
  for (const policy of policies) {
    const name = policy.kind === "dense" ? "kernel, dense" : "kernel, PLADIS";
    contenders.push({
      name,
      alpha: alphaOf(policy) ?? null,
      run: await kernelOf(shape, policy, data, scale),
    });
  }
  await using nodes = flag("nodes", "yes") === "no" ? undefined : await denseNodes(shape, data, scale);
  if (nodes) contenders.push({ name: "onnxruntime-web, dense", alpha: null, run: () => nodes.run() });
  const taken = await turns(contenders, heads * queries * keys, Number(flag("rounds", "15")));
  contenders.forEach(({ name, alpha }, at) =>
    rows.push({
      shape: text.replaceAll("x", " × "),
      name,
      alpha,
      ns: Number(median(taken[at]).toFixed(2)),
      least: Number(Math.min(...taken[at]).toFixed(2)),
      ratio: Number(median(taken[at].map((ns, round) => ns / taken[0][round])).toFixed(3)),
    })
  );
}
printRows(rows, Deno.args);
