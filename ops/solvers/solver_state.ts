import { DomainError } from "../../errors.ts";

/** What a solver remembers from one step to the next. Never changed: each step returns the next one. */
export interface SolverState {
  /** x₀ as predicted by the last steps, newest first, float32, as many as the solver looks back. */
  readonly history: readonly Float32Array[];
}

/** {@linkcode SolverState} as it goes through JSON. A float32 survives as a JSON number bit for bit. */
export interface SavedSolverState {
  readonly history: readonly (readonly number[])[];
}

/** Before the first step. */
export const INITIAL_STATE: SolverState = Object.freeze({ history: Object.freeze([]) });

/** The state as plain data for JSON.stringify. */
export function saveSolverState(state: SolverState): SavedSolverState {
  return { history: state.history.map((x0) => Array.from(x0)) };
}

/**
 * The state out of what {@linkcode saveSolverState} gave, by way of JSON or not.
 *
 * @throws {DomainError} when it is not that
 */
export function loadSolverState(saved: unknown): SolverState {
  const history = (saved as Partial<SavedSolverState> | null)?.history;
  if (!Array.isArray(history) || !history.every((x0) => Array.isArray(x0) && x0.every(Number.isFinite))) {
    throw new DomainError({
      doing: "load the solver's state",
      what: "history",
      rule: "a list of lists of finite numbers",
      got: saved,
    });
  }
  return { history: history.map((x0) => Float32Array.from(x0)) };
}
