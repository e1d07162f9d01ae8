import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { INITIAL_STATE, loadSolverState, saveSolverState } from "../../../ops/solvers/solver_state.ts";

Deno.test("a solver's state goes through JSON bit for bit", () => {
  const floats = fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 30 });
  fc.assert(
    fc.property(fc.array(floats, { maxLength: 3 }), (history) => {
      // JSON has no negative zero.
      const state = { history: history.map((x0) => x0.map((value) => value + 0)) };
      assert.deepEqual(loadSolverState(JSON.parse(JSON.stringify(saveSolverState(state)))), state);
    }),
    { seed: 7 },
  );
  assert.deepEqual(loadSolverState(saveSolverState(INITIAL_STATE)), { history: [] });
});

Deno.test("loadSolverState refuses what is no state", () => {
  for (
    const saved of [null, 3, {}, { history: 3 }, { history: [3] }, { history: [["a"]] }, { history: [[NaN]] }]
  ) {
    assert.throws(() => loadSolverState(saved), {
      name: "DomainError",
      message: /history must be a list of lists/,
    });
  }
});
