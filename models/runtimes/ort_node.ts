/**
 * onnxruntime-node, several times faster on a CPU. The only module that imports it, and only when it is asked for:
 * the package is a large download.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import { countLive } from "./live_count.ts";
import { createOrtSession, type Ort, type OrtTensor } from "./ort_session.ts";
import { guardedSession, guardMemory } from "./run_guard.ts";
import type { DeviceReport, Runtime } from "./runtime.ts";

/** The version of onnxruntime-node in use. */
export const ORT_NODE_VERSION = "1.30.0";

/**
 * The package, as it is imported. Deno fetches every package that a module graph names in a literal import, used or
 * not; a name that is computed is fetched when the import runs.
 */
export const ORT_NODE_SPECIFIER = ["npm:onnxruntime-node", ORT_NODE_VERSION].join("@");

/**
 * The package's Tensor, with float16 data shown as Uint16Array: its native half reads no Float16Array under Deno.
 */
function withReadableFloat16(Tensor: Ort["Tensor"]): Ort["Tensor"] {
  return function (type: string, data: unknown, dims: readonly number[]): OrtTensor {
    const tensor = new Tensor(type, data, dims);
    if (!(data instanceof Float16Array)) return tensor;
    const bits = new Uint16Array(data.buffer, data.byteOffset, data.length);
    return Object.defineProperty(tensor, "data", { value: bits });
  } as unknown as Ort["Tensor"];
}

/**
 * onnxruntime-node on CPU threads.
 *
 * @throws {DeviceError} if the package cannot be fetched, or has no binary for this machine.
 */
export async function openNativeRuntime(report: DeviceReport): Promise<Runtime> {
  let ort: Ort;
  try {
    const { InferenceSession, Tensor } = await import(ORT_NODE_SPECIFIER) as Ort;
    ort = { InferenceSession, Tensor: withReadableFloat16(Tensor) };
  } catch (cause) {
    throw new DeviceError({
      doing: "open the native runtime",
      what: "onnxruntime-node",
      rule: "installed for this machine",
      got: (cause as Error).message.split("\n")[0],
      remedy: `Run \`deno cache ${ORT_NODE_SPECIFIER}\` once while online, or use --device wasm.`,
    }, { cause });
  }
  const release = countLive("runtimes"), guard = guardMemory("native");
  const options = {
    executionProviders: ["cpu"],
    intraOpNumThreads: report.threads ?? 0,
    logSeverityLevel: 3,
  };
  return {
    report,
    compile: (model, label) =>
      guard(
        `compile ${label}`,
        async () => guardedSession(await createOrtSession(ort, model, label, options), guard),
      ),
    [Symbol.asyncDispose]() {
      release();
      return Promise.resolve();
    },
  };
}
