/**
 * onnxruntime-web: threads on the CPU, and its native WebGPU provider on Deno's own GPUDevice.
 * The only module that imports it.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { watchBuffers } from "./buffer_watch.ts";
import { guardDevice } from "./device_guard.ts";
import { countLive } from "./live_count.ts";
import { type Float16Support, probeFloat16 } from "./probe_float16.ts";
import { withFullMemory } from "./full_memory.ts";
import type { OpenGpu } from "./gpu_adapter.ts";
import type { CutSide, PlacedSession } from "./cut_side.ts";
import { ownGpuSession } from "./gpu_session.ts";
import { openGpuSites } from "./gpu_sites.ts";
import { giveBack, isOnGpu } from "./gpu_tensor.ts";
import { readBack } from "./read_back.ts";
import { createBareSession, createOrtSession, type Ort } from "./ort_session.ts";
import { guardedSession, guardMemory, guardSessions } from "./run_guard.ts";
import type { DeviceReport, GpuSide, RunGuard, Runtime } from "./runtime.ts";
import { openSimdSites } from "./simd_sites.ts";
import { castTensor, type Tensor } from "./tensor.ts";

/** The version of onnxruntime-web in use. */
export const ORT_WEB_VERSION = "1.30.0";

interface OrtWeb extends Ort {
  readonly env: {
    logLevel?: string;
    readonly wasm: { numThreads?: number; wasmPaths?: unknown };
  };
}

interface Build {
  /** What tells one instance of a build from another. */
  readonly name: string;
  readonly ort: OrtWeb;
  readonly glue: string;
}

/** How often a GPU device was lost: onnxruntime's WebAssembly aborts with it, and does nothing ever after. */
let losses = 0;

/**
 * The file of a package's module, from where an error in it arises: Deno resolves `npm:` specifiers to one instance of a
 * module, and another takes its file's URL with a query.
 */
function fileOf({ Tensor }: Ort): string {
  try {
    new Tensor("no such type", [], []);
  } catch (error) {
    const file = /file:\S+?\.mjs/.exec((error as Error).stack ?? "")?.[0];
    if (file) return file;
  }
  throw new DeviceError({
    doing: "start onnxruntime-web again after a GPU device was lost",
    what: "its module's file",
    rule: "known",
    got: "no file in its errors",
    remedy: "Start the program again.",
  });
}

/**
 * The build with JavaScript promise integration has the WebGPU provider; the plain one is smaller and compiles faster.
 * The bare import is no choice: under Deno it resolves to a build for Node that has neither.
 */
async function loadBuild(name: "jspi" | "wasm"): Promise<Build> {
  const first =
    (name === "jspi"
      ? await import("npm:onnxruntime-web@1.30.0/jspi")
      : await import("npm:onnxruntime-web@1.30.0/wasm")) as unknown as OrtWeb;
  const glue = name === "jspi"
    ? import.meta.resolve("npm:onnxruntime-web@1.30.0/ort-wasm-simd-threaded.jspi.mjs")
    : import.meta.resolve("npm:onnxruntime-web@1.30.0/ort-wasm-simd-threaded.mjs");
  if (name === "wasm" || losses === 0) return { name, ort: first, glue };
  const instance = `${fileOf(first)}?instance=${losses}`;
  return { name: `${name} ${losses}`, ort: await import(instance) as OrtWeb, glue };
}

const started = new Set<string>();

/**
 * onnxruntime-web copies its glue module into a blob URL before it starts threads, and Deno imports no blobs. While
 * the first session of a build starts, a blob of JavaScript therefore answers with the URL of the glue's own file.
 */
async function withGlueUrl<T>(build: string, glue: string, start: () => Promise<T>): Promise<T> {
  if (started.has(build)) return await start();
  const original = URL.createObjectURL;
  URL.createObjectURL = (blob) =>
    blob.type === "" || blob.type.includes("javascript") ? glue : original(blob);
  try {
    const result = await withFullMemory(start);
    started.add(build);
    return result;
  } finally {
    URL.createObjectURL = original;
  }
}

let turn: Promise<unknown> = Promise.resolve();

/** onnxruntime-web creates one session at a time. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work, work);
  turn = result.catch(() => {});
  return result;
}

/** Creates a session when its turn has come. */
function creating<T>({ name, glue }: Build, create: () => Promise<T>): Promise<T> {
  return inTurn(() => withGlueUrl(name, glue, create));
}

function webRuntime(
  build: Build,
  report: DeviceReport,
  executionProvider: unknown,
  close: () => PromiseLike<void> | void,
  guard: RunGuard,
): Runtime {
  const release = countLive("runtimes");
  const options = { executionProviders: [executionProvider], logSeverityLevel: 3 };
  let open = true;
  return {
    report,
    compile: (model, label) =>
      guard(
        `compile ${label}`,
        async () =>
          guardedSession(
            await creating(build, () => createOrtSession(build.ort, model, label, options)),
            guard,
          ),
        (session) => session[Symbol.asyncDispose](),
      ),
    async [Symbol.asyncDispose]() {
      if (!open) return;
      open = false;
      try {
        await close();
      } finally {
        release();
      }
    },
  };
}

/** onnxruntime-web on CPU threads. The number of threads is fixed by the first runtime of the process. */
export async function openWasmRuntime(report: DeviceReport): Promise<Runtime> {
  const loaded = await loadBuild("wasm");
  loaded.ort.env.wasm.numThreads = report.threads ?? 1;
  loaded.ort.env.logLevel = "error";
  const guard = guardMemory("wasm"), runtime = webRuntime(loaded, report, "wasm", () => {}, guard);
  return { ...runtime, cut: cpuCutSide(loaded, report.threads ?? 1, guard) };
}

/** Pieces of a graph on the CPU's threads: tensors are the host's, and sites are computed by WebAssembly of our own. */
function cpuCutSide(build: Build, threads: number, guard: RunGuard): CutSide {
  // Each session would keep the memory of its largest tensors, and pieces of one graph run one after another.
  const options = { executionProviders: ["wasm"], logSeverityLevel: 3, enableCpuMemArena: false };
  return {
    compile: (model, label) =>
      guard(`compile ${label}`, async () => {
        const session = await creating(build, () => createOrtSession(build.ort, model, label, options));
        return guardedSession(session, guard) as PlacedSession;
      }),
    openSites: (label) => openSimdSites(threads, label),
    read: (tensor) => Promise.resolve(castTensor(tensor as Tensor, "float32").data as Float32Array),
  };
}

/**
 * onnxruntime-web's native WebGPU provider on a device of our own.
 *
 * @throws {DeviceError} if this Deno lacks JavaScript promise integration.
 */
export async function openWebgpuRuntime(report: DeviceReport, gpu: OpenGpu): Promise<Runtime> {
  if (!("Suspending" in WebAssembly)) {
    throw new DeviceError({
      doing: "open the webgpu runtime",
      what: "Deno",
      rule: "2.9 or newer, with WebAssembly promise integration",
      got: Deno.version.deno,
      remedy: "Upgrade Deno, or use --device wasm.",
    });
  }
  const loaded = await loadBuild("jspi");
  loaded.ort.env.wasm.numThreads = report.threads ?? 1;
  loaded.ort.env.logLevel = "error";
  // env.webgpu.device is ignored by the native provider: the device travels with the provider.
  const provider = { name: "webgpu", device: gpu.device };
  const watch = watchBuffers(gpu.device);
  const guard = guardDevice(gpu.device, { onLoss: () => losses++, watch });
  const sessions = guardSessions(guard, watch);
  const runtime = webRuntime(loaded, report, provider, () => gpu[Symbol.asyncDispose](), sessions);
  const { device } = gpu, software = report.software ?? false;
  return {
    ...runtime,
    gpu: gpuSide(device, software),
    cut: {
      openSites: (label) => openGpuSites({ device, software, guard }, label),
      read: (tensor, name) =>
        isOnGpu(tensor)
          ? guard(`read ${name}`, () => readBack(device, tensor))
          : Promise.resolve(castTensor(tensor, "float32").data as Float32Array),
      ...gpuSessions(loaded, provider, sessions),
    },
  };
}

function gpuSide(device: GPUDevice, software: boolean): GpuSide {
  let float16: Promise<Float16Support> | undefined;
  return { device, software, float16: () => float16 ??= probeFloat16(device) };
}

/** Pieces of a graph on a GPU: tensors stay in its memory. */
function gpuSessions(build: Build, provider: unknown, guard: RunGuard): Pick<CutSide, "compile"> {
  return {
    compile(model, label, onGpu) {
      const options = {
        executionProviders: [provider],
        logSeverityLevel: 3,
        preferredOutputLocation: Object.fromEntries(onGpu.map((name) => [name, "gpu-buffer"])),
      };
      return guard(
        `compile ${label}`,
        async () => {
          const session = await creating(build, () => createBareSession(build.ort, model, label, options));
          const own = ownGpuSession(build.ort, session, label);
          return guardedSession(own, guard, (results) => Object.values(results).forEach(giveBack));
        },
        (session) => session[Symbol.asyncDispose](),
      );
    },
  };
}
