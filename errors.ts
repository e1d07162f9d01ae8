/**
 * Every error that Winnow throws on purpose, and the one sentence shape that all of them share:
 * "Cannot ⟨do⟩: ⟨what⟩ must be ⟨rule⟩, got ⟨value⟩. ⟨remedy⟩".
 *
 * This module imports nothing, and every layer may import it.
 *
 * @module
 */

/** What went wrong, in the parts from which the message is composed. */
export interface Fault {
  /** What was being done, after "Cannot": `"read the recipe"`. */
  readonly doing: string;
  /** The thing at fault: a field's path, a file's path, a tensor's name. */
  readonly what: string;
  /** What it must be, after "must be". */
  readonly rule: string;
  /** What was found. Strings are quoted, anything else is shown as JSON, long values are cut. Leave out when nothing was found to show. */
  readonly got?: unknown;
  /** What the user can do about it, a full sentence. */
  readonly remedy?: string;
}

/** One value as it should appear in a message: short, on one line, numbers as they are. */
export function showValue(value: unknown, limit = 300): string {
  if (typeof value === "number" || typeof value === "bigint" || value === undefined) return String(value);
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  if (value instanceof Error) return value.message;
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

function compose(fault: Fault): string {
  const got = "got" in fault ? `, got ${showValue(fault.got)}` : "";
  const remedy = fault.remedy ? `. ${fault.remedy}` : "";
  return `Cannot ${fault.doing}: ${fault.what} must be ${fault.rule}${got}${remedy}`;
}

/** The base of all of Winnow's errors. */
export class WinnowError extends Error {
  /** The parts of the message, for programs. */
  readonly fault: Fault;

  constructor(fault: Fault, options?: ErrorOptions) {
    super(compose(fault), options);
    this.name = new.target.name;
    this.fault = fault;
  }
}

/** A recipe, or a part of one, breaks its schema. */
export class RecipeError extends WinnowError {}

/** A mathematical function was given a shape or number outside its domain. */
export class DomainError extends WinnowError {}

/** A bundle's files are missing, damaged, or not what the family needs. */
export class BundleError extends WinnowError {}

/** An ONNX graph cannot be read, or its attention sites are not those that the family declares. */
export class GraphError extends WinnowError {}

/** No runtime or adapter can do what was asked, or one failed while doing it. */
export class DeviceError extends WinnowError {}

/** The GPU device was lost: its driver restarted, or the machine slept. */
export class DeviceLostError extends DeviceError {}

/** A device has no memory for what was asked of it, or allows no buffer of that size. */
export class OutOfMemoryError extends DeviceError {
  /** Bytes of the buffer that was not given, where they are known. */
  readonly bytes: number | undefined;

  constructor(fault: Fault, { bytes, ...options }: ErrorOptions & { readonly bytes?: number } = {}) {
    super(fault, options);
    this.bytes = bytes;
  }
}

/** A recipe and a bundle do not fit together. */
export class PlanError extends WinnowError {}

/** An image cannot be made, encoded, read or written. */
export class ImageError extends WinnowError {}

/** An evaluation cannot be resumed, or what was kept of it cannot be read. */
export class EvaluationError extends WinnowError {}

/** A command line flag or argument is wrong. */
export class UsageError extends WinnowError {}
