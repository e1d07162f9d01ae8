/**
 * Running out of memory, as each runtime tells of it and as Winnow does.
 *
 * @module
 */
import { OutOfMemoryError } from "../../errors.ts";
import type { DeviceName } from "./runtime.ts";

/** What is known of an allocation that failed. */
export interface MemoryFault {
  /** What was asked for. */
  readonly bytes?: number;
  /** The name of what it was for. */
  readonly label?: string;
  /** The runtime's own words. */
  readonly message: string;
}

/** What runtimes say when an allocation fails: onnxruntime's arenas, C++, JavaScript and WebGPU. */
const NO_MEMORY =
  /bad_alloc|bad allocation|failed to allocate|failed to create gpu buffer|out of memory|not enough memory|array buffer allocation failed/i;

/** And when a tensor is beyond what 32-bit addresses, or the buffers and bindings of a GPU, can hold. */
const TOO_LARGE =
  /SafeIntOnOverflow|tensor shape is too large|storage size overflowed|too many storage buffers in shader|buffer_?binding_?size|maximum buffer size/i;

const BYTES = /buffer (?:of )?size[ =:]*(\d+)/i;

/** An error's message and those of its causes, without the paths of C++ sources. */
function fullText(error: unknown): string {
  const texts: string[] = [];
  for (
    let at = error;
    at !== undefined && texts.length < 5;
    at = at instanceof Error ? at.cause : undefined
  ) {
    texts.push(at instanceof Error ? at.message : String(at));
  }
  return texts.join("\n");
}

/** What an error tells of memory; undefined if it is about something else. */
export function memoryFault(error: unknown): MemoryFault | undefined {
  const line = fullText(error).split("\n").find((line) => NO_MEMORY.test(line) || TOO_LARGE.test(line));
  if (line === undefined) return undefined;
  const bytes = BYTES.exec(line)?.[1];
  const at = line.search(new RegExp(`${NO_MEMORY.source}|${TOO_LARGE.source}`, "i"));
  const message = line.slice(at).replace(/\s+/g, " ").trim();
  return { message, ...(bytes ? { bytes: Number(bytes) } : {}) };
}

const LESS = "Make smaller pictures or fewer at once";

const MEMORY = {
  webgpu: { what: "the GPU's memory", remedy: `${LESS}, or use --device wasm or --device native.` },
  wasm: { what: "WebAssembly's 4 GiB of memory", remedy: `${LESS}, or use --device native.` },
  native: { what: "the machine's memory", remedy: `${LESS}.` },
} as const satisfies Record<DeviceName, unknown>;

/**
 * The error for it.
 *
 * @param doing What was being done, with the component and the segment or site: `"run unet (segment 2 of 9)"`.
 */
export function outOfMemory(
  doing: string,
  device: DeviceName,
  { bytes, label, message }: MemoryFault,
  cause?: unknown,
): OutOfMemoryError {
  const size = bytes === undefined ? "" : ` for ${bytes} bytes`;
  const rule = `enough${size}${label ? ` of ${label}` : ""}`;
  return new OutOfMemoryError(
    { doing, ...MEMORY[device], rule, got: message },
    { ...(cause === undefined ? {} : { cause }), ...(bytes === undefined ? {} : { bytes }) },
  );
}
