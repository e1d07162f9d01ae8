import { DomainError } from "../../errors.ts";
import { checkNoiseSize, torchSeed } from "./noise_arguments.ts";
import { type NoiseDtype, type RandomGenerator, roundedTo } from "./noise_dtype.ts";
import { philox } from "./philox.ts";

/** Threads of a block in torch's kernel. */
const BLOCK = 256;
/** Values that a thread makes of one counter. */
const VALUES = 4;

const f32 = Math.fround;
const UNIT = 2 ** -32;
const UNIT_2PI = f32(f32(UNIT) * f32(2 * Math.PI));

/** Options of {@linkcode TorchCudaGenerator}. */
export interface TorchCudaOptions {
  /**
   * How many threads the GPU runs at once: multiprocessors × ⌊threads of each / 256⌋ × 256, such as 125,952 for an
   * RTX 3090, 221,184 for an A100, 270,336 for an H100. Up to this size of a draw all GPUs agree; a larger one, such
   * as a batch drawn at once, they do not. Default: no bound, as in AUTOMATIC1111's and others' "NV" source.
   */
  readonly gridThreads?: number;
}

/**
 * `torch.Generator("cuda").manual_seed(seed)`, to draw what torch draws on an NVIDIA GPU: Philox, where value j of a
 * draw is made by a thread that has a sequence of its own. What AUTOMATIC1111's web UI calls the source NV, and
 * ComfyUI's users "GPU noise".
 *
 * The random bits are exact. Box-Muller is done in float32 with exact sines, where the GPU has its own fast ones, so
 * that values lie up to some 5e-6 apart.
 */
export class TorchCudaGenerator implements RandomGenerator {
  readonly #key: readonly [number, number];
  readonly #gridThreads: number;
  /** What each thread's counter is at; torch's `philox_offset_per_thread` is four times this. */
  #counter = 0;

  /**
   * @param seed −2⁶³ … 2⁶⁴ − 1, of which all 64 bits count
   * @throws {DomainError} when the seed is not one, or gridThreads no multiple of 256
   */
  constructor(seed: number | bigint, { gridThreads = Infinity }: TorchCudaOptions = {}) {
    const wide = torchSeed(seed);
    this.#key = [Number(wide & 0xffffffffn), Number(wide >> 32n)];
    if (!(gridThreads === Infinity || (gridThreads > 0 && Number.isInteger(gridThreads / BLOCK)))) {
      const rule = `a multiple of ${BLOCK}`;
      throw new DomainError({ doing: "seed the noise", what: "gridThreads", rule, got: gridThreads });
    }
    this.#gridThreads = gridThreads;
  }

  /** cuRAND's Box-Muller transform of two of a thread's words; `odd` asks for the second of its two values. */
  #normal(thread: number, counter: number, value: number): number {
    const counters = [counter >>> 0, Math.floor(counter / 2 ** 32), thread, 0] as const;
    const words = philox(counters, this.#key);
    const pair = value & 2;
    const u = f32(f32(words[pair]) * UNIT + UNIT / 2);
    const angle = f32(f32(words[pair + 1]) * UNIT_2PI + UNIT_2PI / 2);
    const radius = f32(Math.sqrt(f32(-2 * f32(Math.log(u)))));
    return radius * f32(value & 1 ? Math.cos(angle) : Math.sin(angle));
  }

  /** `torch.randn(size, generator=generator, device="cuda", dtype=dtype)` */
  randn(size: number, dtype: NoiseDtype = "float32"): Float32Array<ArrayBuffer> {
    checkNoiseSize(size);
    const values = new Float32Array(size);
    if (size === 0) return values;
    const threads = Math.min(this.#gridThreads, Math.ceil(size / BLOCK) * BLOCK);
    for (let j = 0; j < size; j++) {
      const turn = Math.floor(j / threads);
      values[j] = this.#normal(j % threads, this.#counter + Math.floor(turn / VALUES), turn % VALUES);
    }
    this.#counter += Math.ceil(size / (threads * VALUES));
    return roundedTo(dtype, values);
  }
}
