/**
 * Uses up the memory of a software adapter, in a process whose addresses are limited, and prints what is told of it. Of
 * one buffer, so that the process itself has room to go on, more is asked for than is left.
 */
import { liveCounts } from "../../models/runtimes/live_count.ts";
import { openRuntime } from "../../models/runtimes/choose_device.ts";
import { loadTinyDenoiser, openTinyDenoiser } from "./tiny_denoiser.ts";

const MUCH = 2 ** 31 - 4, MOST_BUFFERS = 1000;
const { createBuffer } = GPUDevice.prototype;
let next: ((descriptor: GPUBufferDescriptor) => boolean) | undefined;
GPUDevice.prototype.createBuffer = function (descriptor) {
  if (!next?.(descriptor)) return createBuffer.call(this, descriptor);
  next = undefined;
  return createBuffer.call(this, { ...descriptor, size: MUCH });
};

/** Buffers of which nothing is ever written, so that they take addresses alone. */
async function fill(device: GPUDevice): Promise<void> {
  for (let i = 0; i < MOST_BUFFERS; i++) {
    device.pushErrorScope("out-of-memory");
    createBuffer.call(device, { size: MUCH, usage: GPUBufferUsage.STORAGE, label: "filling" });
    if (await device.popErrorScope()) return;
  }
  throw new Error(`${MOST_BUFFERS} buffers do not fill this device`);
}

const loaded = await loadTinyDenoiser(), told: Record<string, unknown> = {};
{
  await using runtime = await openRuntime("webgpu");
  await using denoiser = await openTinyDenoiser(runtime, loaded);
  const session = denoiser.session(() => ({ kind: "dense" }));
  const attempt = () => session.run(loaded.feeds).then(() => "ran", String);
  await fill(runtime.gpu?.device as GPUDevice);
  next = ({ label }) => label?.includes("attn1") ?? false;
  told.atSite = await attempt();
  told.again = await attempt();
  next = ({ mappedAtCreation, label }) => !label && !!mappedAtCreation;
  told.inSegment = await attempt();
}
console.log(JSON.stringify({ ...told, live: liveCounts() }));
