/** The time of some work, and what it took of the machine. */
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { countGpu, resetCounts } from "./gpu_counters.ts";
import type { Sample } from "./race.ts";

const KILOBYTE = 2 ** 10, MEGABYTE = 2 ** 20;

/**
 * Does some work twice, the first time to warm up, and measures the second.
 *
 * On WebGPU with dispatches and bytes to and from the host, a step, and the most that buffers held at once since `open`;
 * elsewhere with the process's resident memory.
 *
 * @param open What the work needs; it is disposed of afterwards.
 */
export async function measured<T extends AsyncDisposable>(
  device: DeviceName,
  steps: number,
  open: () => Promise<T>,
  work: (opened: T) => Promise<unknown>,
): Promise<Sample> {
  const counts = device === "webgpu" ? countGpu() : undefined;
  const before = counts?.liveBytes ?? 0;
  if (counts) resetCounts(counts);
  await using opened = await open();
  await work(opened);
  const peak = counts?.peakBytes ?? 0;
  if (counts) resetCounts(counts);
  const start = performance.now();
  await work(opened);
  const ms = performance.now() - start;
  if (!counts) return { ms, residentMb: Deno.memoryUsage().rss / MEGABYTE };
  return {
    ms,
    dispatches: counts.dispatches / steps,
    submits: counts.submits / steps,
    upKb: counts.bytesUp / steps / KILOBYTE,
    downKb: counts.bytesDown / steps / KILOBYTE,
    peakMb: (Math.max(peak, counts.peakBytes) - before) / MEGABYTE,
  };
}
