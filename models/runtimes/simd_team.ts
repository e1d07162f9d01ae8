/**
 * Threads that compute attention together: this one and workers, over one shared memory.
 *
 * @module
 */
import { once } from "node:events";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { DeviceError } from "../../errors.ts";
import { compileSimdKernel, instantiateSimdKernel } from "../../ops/attention/simd/simd_kernel.ts";
import {
  JOB_BYTES,
  scratchBytes,
  type SimdJob,
  unitCount,
  writeJob,
} from "../../ops/attention/simd/simd_job.ts";
import { fullMemory } from "./full_memory.ts";
import { countLive } from "./live_count.ts";
import { outOfMemory } from "./memory_fault.ts";

/** Where in memory a team keeps what its threads tell each other: int32s, by index. */
const CONTROL = 1024;
const ROUND = 0, BUSY = 1, NEXT = 2, UNITS = 3, SHARE = 4, SCRATCH = 5, STRIDE = 6, FAILED = 7, END = 8;
const CONTROL_WORDS = 16;

/** Where the job lies, and what is free after it. */
const JOB = CONTROL + 4 * CONTROL_WORDS, FREE = JOB + JOB_BYTES;

/** 1 GiB: a site of the largest models has some 200 MB of queries, keys, values and results. */
const MOST_PAGES = 16_384;

const ALIGNMENT = 64;

/** So many times does each thread come back for more: threads of a busy machine are not equally fast. */
const TURNS = 4;

const aligned = (at: number) => Math.ceil(at / ALIGNMENT) * ALIGNMENT;

/** Threads over one memory. Disposing a team ends its workers. */
export interface SimdTeam extends AsyncDisposable {
  /**
   * Makes room for a job's tensors; what was there before is lost.
   *
   * @param sizes Bytes of each.
   * @returns Where each begins, and the memory.
   * @throws {OutOfMemoryError} if there is not as much memory.
   */
  reserve(
    sizes: readonly number[],
    job: Pick<SimdJob, "keys" | "headSize">,
  ): { readonly offsets: readonly number[]; readonly memory: ArrayBufferLike };
  /** Computes a job whose tensors lie where {@linkcode SimdTeam.reserve} said. */
  attend(job: SimdJob): void;
}

/** What a worker is given. */
interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly control: number;
  readonly job: number;
}

/**
 * A worker's whole program. It is sent over as text, and may name nothing from outside: a module of its own would have
 * to be fetched again where this one came from a URL.
 */
function serve(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { module, memory, thread, control, job } = workerData as Start;
  const kernel = new WebAssembly.Instance(module, { env: { memory } }).exports as {
    attend(job: number, from: number, to: number, scratch: number): void;
  };
  // the words of ROUND, BUSY, … above
  const words = new Int32Array(memory.buffer, control, 9);
  parentPort?.postMessage("ready");
  for (let round = 0;;) {
    Atomics.wait(words, 0, round);
    round = Atomics.load(words, 0);
    if (words[8]) return;
    try {
      const units = words[3], share = words[4], scratch = (words[5] >>> 0) + thread * words[6];
      for (let from; (from = Atomics.add(words, 2, share)) < units;) {
        kernel.attend(job, from, Math.min(from + share, units), scratch);
      }
    } catch {
      words[7] = 1;
    }
    if (Atomics.sub(words, 1, 1) === 1) Atomics.notify(words, 1);
  }
}

/**
 * Starts a worker and waits until it is ready. Not of the global class `Worker`, which onnxruntime-web replaces.
 */
async function startWorker(workerData: Start): Promise<void> {
  const worker = new Worker(`(${serve})()`, { eval: true, workerData });
  try {
    await once(worker, "message");
  } catch (cause) {
    const got = (cause as Error).message;
    throw new DeviceError({ doing: "start a thread", what: "its program", rule: "able to run", got }, {
      cause,
    });
  }
  worker.unref();
}

/**
 * Starts a team.
 *
 * @param threads How many threads, this one among them.
 */
export async function openSimdTeam(threads: number): Promise<SimdTeam> {
  const module = await compileSimdKernel();
  const memory = fullMemory({ initial: 1, maximum: MOST_PAGES, shared: true });
  const kernel = instantiateSimdKernel(module, memory);
  const words = new Int32Array(memory.buffer, CONTROL, CONTROL_WORDS);
  const releases: (() => void)[] = [];
  const starting = Array.from({ length: threads - 1 }, async (_, i) => {
    await startWorker({ module, memory, thread: i + 1, control: CONTROL, job: JOB });
    releases.push(countLive("workers"));
  });
  const failed = (await Promise.allSettled(starting)).find((result) => result.status === "rejected");
  if (failed) {
    end();
    throw failed.reason;
  }

  function end(): void {
    Atomics.store(words, END, 1);
    Atomics.add(words, ROUND, 1);
    Atomics.notify(words, ROUND);
    releases.splice(0).forEach((release) => release());
  }

  function checkSize(bytes: number): void {
    const { byteLength } = memory.buffer;
    if (bytes <= byteLength) return;
    throw outOfMemory("compute attention", "wasm", { bytes, message: `${byteLength} bytes for a site` });
  }

  return {
    reserve(sizes, job) {
      const stride = aligned(scratchBytes(job));
      let at = aligned(FREE);
      words[SCRATCH] = at;
      words[STRIDE] = stride;
      at += stride * threads;
      const offsets = sizes.map((size) => {
        const offset = at;
        at = aligned(at + size);
        return offset;
      });
      checkSize(at);
      return { offsets, memory: memory.buffer };
    },
    attend(job) {
      writeJob(memory.buffer, JOB, job);
      const units = unitCount(job), workers = releases.length;
      const share = Math.max(1, Math.ceil(units / (TURNS * threads)));
      Object.assign(words, { [NEXT]: 0, [UNITS]: units, [SHARE]: share, [FAILED]: 0 });
      Atomics.store(words, BUSY, workers);
      Atomics.add(words, ROUND, 1);
      Atomics.notify(words, ROUND);
      let failure: unknown;
      try {
        for (let from; (from = Atomics.add(words, NEXT, share)) < units;) {
          kernel.attend(JOB, from, Math.min(from + share, units), words[SCRATCH] >>> 0);
        }
      } catch (error) {
        failure = error;
      }
      for (let busy; (busy = Atomics.load(words, BUSY)) > 0;) Atomics.wait(words, BUSY, busy);
      if (!failure && !words[FAILED]) return;
      throw new DeviceError({
        doing: "compute attention",
        what: "its threads",
        rule: "able to",
        got: failure instanceof Error ? failure.message : "a failure",
        remedy: "Use --attention-form graph.",
      }, { cause: failure });
    },
    [Symbol.asyncDispose]() {
      if (!words[END]) end();
      return Promise.resolve();
    },
  };
}
