import { DomainError } from "../../errors.ts";

/** Named arrays (float32, of the sample's length) and numbers. */
export type Kept = Readonly<Record<string, Float32Array | number>>;

/** What a solver remembers from one step to the next. Never changed: each step returns the next one. */
export interface SolverState {
  /** What the last steps predicted (x₀ as a rule), newest first, float32, as many as the solver looks back. */
  readonly history: readonly Float32Array[];
  /** What else a solver needs: the sample at which a step of two evaluations began, for one. */
  readonly kept?: Kept;
}

/** {@linkcode SolverState} as it goes through JSON. A float32 survives as a JSON number bit for bit. */
export interface SavedSolverState {
  readonly history: readonly (readonly number[])[];
  readonly kept?: Readonly<Record<string, readonly number[] | number>>;
}

/** Before the first step. */
export const INITIAL_STATE: SolverState = Object.freeze({ history: Object.freeze([]) });

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

/** The state as plain data for JSON.stringify. */
export function saveSolverState({ history, kept }: SolverState): SavedSolverState {
  return {
    history: history.map((values) => Array.from(values)),
    ...(kept
      ? { kept: mapValues(kept, (value) => typeof value === "number" ? value : Array.from(value)) }
      : {}),
  };
}

const areNumbers = (values: unknown) => Array.isArray(values) && values.every(Number.isFinite);

/**
 * The state out of what {@linkcode saveSolverState} gave, by way of JSON or not.
 *
 * @throws {DomainError} when it is not that
 */
export function loadSolverState(saved: unknown): SolverState {
  const doing = "load the solver's state";
  const { history, kept } = (saved ?? {}) as Partial<SavedSolverState>;
  if (!Array.isArray(history) || !history.every(areNumbers)) {
    throw new DomainError({ doing, what: "history", rule: "a list of lists of finite numbers", got: saved });
  }
  const arrays = history.map((values) => Float32Array.from(values));
  if (kept === undefined) return { history: arrays };
  const isRecord = typeof kept === "object" && kept !== null && !Array.isArray(kept);
  if (!isRecord || !Object.values(kept).every((value) => Number.isFinite(value) || areNumbers(value))) {
    throw new DomainError({
      doing,
      what: "kept",
      rule: "finite numbers and lists of them, by name",
      got: kept,
    });
  }
  return {
    history: arrays,
    kept: mapValues(kept, (value) => typeof value === "number" ? value : Float32Array.from(value)),
  };
}
