/**
 * Timing the parts of a cut denoiser's run.
 *
 * By timestamps, where the device has them: an empty pass before a part's commands and one after them write the GPU's
 * clock. Commands of one queue run in the order of their submission, and onnxruntime has submitted all of a run when it
 * resolves, so that these two enclose the part and nothing else. Elsewhere by the wall: the queue is let run dry after
 * each part.
 *
 * For benchmarks alone: that of wall times makes the GPU wait for the host between parts.
 */
import type { AroundPart, CutPart } from "../models/runtimes/cut_part.ts";
import { countGpu } from "./gpu_counters.ts";

/** What times are told by. */
export type ClockName = "timestamps" | "wall";

/** One part of one step. */
export interface PartTime {
  readonly part: CutPart;
  /** From where the GPU could begin with it to its end; the GPU's waiting for the host's next command is in it. */
  readonly ms: number;
  readonly dispatches: number;
}

/** Times parts. */
export interface PartClock extends Disposable {
  readonly clock: ClockName;
  /** For `openCutDenoiser`. */
  readonly around: AroundPart;
  /** The parts since the last call, in their order, once the GPU is done with them. */
  read(): Promise<readonly PartTime[]>;
}

const STAMP_BYTES = 8, NS_PER_MS = 1e6;

function stamp(device: GPUDevice, writes: GPUComputePassTimestampWrites): void {
  const encoder = device.createCommandEncoder({ label: "timestamp" });
  encoder.beginComputePass({ timestampWrites: writes }).end();
  device.queue.submit([encoder.finish()]);
}

/** Stamps of a device, to be written and then read all at once. */
function createStamps(device: GPUDevice, most: number) {
  const size = most * STAMP_BYTES;
  const querySet = device.createQuerySet({ type: "timestamp", count: most });
  const resolved = device.createBuffer({
    size,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  let written = 0;
  return {
    write(): void {
      if (written === most) throw new Error(`Cannot time a step: it has more than ${most / 2} parts`);
      stamp(device, { querySet, endOfPassWriteIndex: written++ });
    },
    /** In nanoseconds, in the order in which they were written. */
    async read(): Promise<bigint[]> {
      if (written === 0) return [];
      const encoder = device.createCommandEncoder();
      encoder.resolveQuerySet(querySet, 0, written, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, written * STAMP_BYTES);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const stamps = [...new BigUint64Array(staging.getMappedRange(), 0, written)];
      staging.unmap();
      written = 0;
      return stamps;
    },
    [Symbol.dispose]() {
      querySet.destroy();
      resolved.destroy();
      staging.destroy();
    },
  };
}

/** Whether a device's clock goes: some adapters list the feature and write nothing, or zeros. */
export async function hasTimestamps(device: GPUDevice): Promise<boolean> {
  if (!device.features.has("timestamp-query")) return false;
  device.pushErrorScope("validation");
  using stamps = createStamps(device, 2);
  stamps.write();
  stamps.write();
  const [before, after] = await stamps.read().catch(() => [0n, 0n]);
  return await device.popErrorScope() === null && before > 0n && after >= before;
}

/**
 * A clock for a device.
 *
 * @param clock By what to tell the time: timestamps only where {@linkcode hasTimestamps}.
 * @param mostParts How many parts a step may have.
 */
export function createPartClock(device: GPUDevice, clock: ClockName, mostParts: number): PartClock {
  const counts = countGpu();
  let parts: { part: CutPart; dispatches: number; ms: number }[] = [];
  const stamps = clock === "timestamps" ? createStamps(device, 2 * mostParts) : undefined;
  return {
    clock,
    async around(part, work) {
      if (!stamps) await device.queue.onSubmittedWorkDone();
      const dispatches = counts.dispatches, start = performance.now();
      stamps?.write();
      const result = await work();
      stamps?.write();
      const own = counts.dispatches - dispatches;
      if (!stamps) await device.queue.onSubmittedWorkDone();
      parts.push({ part, dispatches: own, ms: performance.now() - start });
      return result;
    },
    async read() {
      const times = await stamps?.read();
      const told = parts.map((each, i) =>
        times ? { ...each, ms: Number(times[2 * i + 1] - times[2 * i]) / NS_PER_MS } : each
      );
      parts = [];
      return told;
    },
    [Symbol.dispose]: () => stamps?.[Symbol.dispose](),
  };
}
