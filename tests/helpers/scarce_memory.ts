/**
 * GPU memory that runs out when a test says so, as WebGPU tells it: the buffer is there, but no command takes it, and an
 * error of type GPUOutOfMemoryError goes to the innermost scope for such, else into an event.
 *
 * The buffer is a real one of no use: one whose usages may not go together.
 */

/** The words of wgpu. */
const NO_MEMORY = "not enough memory left";

interface Scope {
  readonly filter: GPUErrorFilter;
  error?: GPUError;
}

/** Of devices that are opened while it is there. */
export interface ScarceMemory extends Disposable {
  /** Refuses the next buffer like this. */
  refuseNext(which: (descriptor: GPUBufferDescriptor) => boolean): void;
  /** What was refused, in order. */
  readonly refused: readonly GPUBufferDescriptor[];
}

/** Takes the place of three of WebGPU's methods until it is disposed of. */
export function scarceMemory(): ScarceMemory {
  const { prototype } = GPUDevice;
  const { createBuffer, pushErrorScope, popErrorScope } = prototype;
  const scopes = new WeakMap<GPUDevice, Scope[]>(), refused: GPUBufferDescriptor[] = [];
  let next: ((descriptor: GPUBufferDescriptor) => boolean) | undefined;
  const scopesOf = (device: GPUDevice) => {
    const known = scopes.get(device) ?? [];
    scopes.set(device, known);
    return known;
  };

  function tell(device: GPUDevice): void {
    const error = new GPUOutOfMemoryError(NO_MEMORY);
    const scope = scopesOf(device).findLast(({ filter }) => filter === "out-of-memory");
    if (scope) scope.error ??= error;
    else {
      setTimeout(() => device.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error })), 0);
    }
  }

  prototype.pushErrorScope = function (filter) {
    scopesOf(this).push({ filter });
    pushErrorScope.call(this, filter);
  };
  prototype.popErrorScope = async function () {
    const scope = scopesOf(this).pop();
    const error = await popErrorScope.call(this);
    return scope?.error ?? error;
  };
  prototype.createBuffer = function (descriptor) {
    if (!next?.(descriptor)) return createBuffer.call(this, descriptor);
    next = undefined;
    refused.push(descriptor);
    tell(this);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE | GPUBufferUsage.STORAGE;
    pushErrorScope.call(this, "validation");
    const buffer = createBuffer.call(this, { ...descriptor, usage });
    popErrorScope.call(this);
    return buffer;
  };
  return {
    refuseNext: (which) => next = which,
    refused,
    [Symbol.dispose]() {
      Object.assign(prototype, { createBuffer, pushErrorScope, popErrorScope });
    },
  };
}
