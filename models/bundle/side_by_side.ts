/**
 * Several tasks at once, none of which is left running when one fails.
 *
 * @module
 */

/** Tasks that are told to stop by a signal, with their results. */
export type Tasks<T extends readonly unknown[]> = {
  readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]>;
};

/**
 * Runs tasks side by side. When one fails, or when `signal` fires, the others are told to stop and waited for.
 *
 * @throws What the first task to fail threw.
 */
export async function sideBySide<const T extends readonly unknown[]>(
  tasks: Tasks<T>,
  signal?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const inner = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
  let failure: { error: unknown } | undefined;
  const results = await Promise.all((tasks as Tasks<unknown[]>).map(async (task) => {
    try {
      inner.throwIfAborted();
      return await task(inner);
    } catch (error) {
      failure ??= { error };
      controller.abort(error);
    }
  }));
  if (failure) throw failure.error;
  return results as unknown as T;
}
