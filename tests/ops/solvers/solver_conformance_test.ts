import assert from "node:assert/strict";
import { SOLVERS } from "../../../ops/solvers/scheduler.ts";
import { EXPONENTIAL_INTEGRATOR_SUBJECTS } from "./exponential_integrator_subjects.ts";
import { testSolver } from "./solver_conformance.ts";
import { SOLVER_SUBJECTS } from "./solver_subjects.ts";

const SUBJECTS = [...SOLVER_SUBJECTS, ...EXPONENTIAL_INTEGRATOR_SUBJECTS];

Deno.test("every solver is in the suite", () => {
  assert.deepEqual(
    new Set(SUBJECTS.map(({ solver }) => solver.name)),
    new Set(SOLVERS.map(({ name }) => name)),
  );
});

for (const subject of SUBJECTS) testSolver(subject);
