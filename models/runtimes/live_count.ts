/**
 * Counting what must be given back.
 *
 * @module
 */

/** Kinds of things that are owned and counted. */
export type LiveKind = "runtimes" | "sessions" | "gpuDevices" | "gpuBuffers" | "gpuTensors" | "workers";

const counts: Record<LiveKind, number> = {
  runtimes: 0,
  sessions: 0,
  gpuDevices: 0,
  gpuBuffers: 0,
  gpuTensors: 0,
  workers: 0,
};

/** How many of each are alive in this process; all zero when everything has been disposed. */
export function liveCounts(): Readonly<Record<LiveKind, number>> {
  return { ...counts };
}

/** Counts one more of a kind; the function returned takes it off again, once. */
export function countLive(kind: LiveKind): () => void {
  counts[kind]++;
  let live = true;
  return () => {
    if (live) counts[kind]--;
    live = false;
  };
}
