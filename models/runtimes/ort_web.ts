/**
 * onnxruntime-web: threads on the CPU, and its native WebGPU provider on Deno's own GPUDevice.
 * The only module that imports it.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { countLive } from "./live_count.ts";
import type { OpenGpu } from "./gpu_adapter.ts";
import { createOrtSession, type Ort } from "./ort_session.ts";
import type { DeviceReport, Runtime } from "./runtime.ts";

/** The version of onnxruntime-web in use. */
export const ORT_WEB_VERSION = "1.30.0";

interface OrtWeb extends Ort {
  readonly env: {
    logLevel?: string;
    readonly wasm: { numThreads?: number; wasmPaths?: unknown };
  };
}

/**
 * The build with JavaScript promise integration has the WebGPU provider; the plain one is smaller and compiles faster.
 * The bare import is no choice: under Deno it resolves to a build for Node that has neither.
 */
async function loadBuild(build: "jspi" | "wasm"): Promise<{ ort: OrtWeb; glue: string }> {
  const ort = build === "jspi"
    ? await import("npm:onnxruntime-web@1.30.0/jspi")
    : await import("npm:onnxruntime-web@1.30.0/wasm");
  const glue = build === "jspi"
    ? import.meta.resolve("npm:onnxruntime-web@1.30.0/ort-wasm-simd-threaded.jspi.mjs")
    : import.meta.resolve("npm:onnxruntime-web@1.30.0/ort-wasm-simd-threaded.mjs");
  return { ort: ort as unknown as OrtWeb, glue };
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
    const result = await start();
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

function webRuntime(
  build: "jspi" | "wasm",
  { ort, glue }: { ort: OrtWeb; glue: string },
  report: DeviceReport,
  executionProvider: unknown,
  close: () => PromiseLike<void> | void,
): Runtime {
  const release = countLive("runtimes");
  let open = true;
  return {
    report,
    compile(model, label) {
      return inTurn(() =>
        withGlueUrl(
          build,
          glue,
          () =>
            createOrtSession(ort, model, label, {
              executionProviders: [executionProvider],
              logSeverityLevel: 3,
            }),
        )
      );
    },
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
  return webRuntime("wasm", loaded, report, "wasm", () => {});
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
  return webRuntime(
    "jspi",
    loaded,
    report,
    { name: "webgpu", device: gpu.device },
    () => gpu[Symbol.asyncDispose](),
  );
}
