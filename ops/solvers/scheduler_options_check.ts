import { DomainError } from "../../errors.ts";
import { isSigmaList, RHO_SIGMAS, type RhoSigmas, SIGMAS_NAMES } from "../schedule/named_sigmas.ts";
import { named } from "./named_choice.ts";
import type { SchedulerOptions } from "./run_scheduler_options.ts";
import type { Solver } from "./solver.ts";

const doing = "set up the scheduler";

/** Noise levels of the user's own must fall, and be as many as there are steps, and one for the end. */
function checkList(sigmas: readonly number[], steps: number): void {
  const falls = sigmas.every((sigma, i) => Number.isFinite(sigma) && sigma >= 0 && !(sigma >= sigmas[i - 1]));
  if (sigmas.length === steps + 1 && falls) return;
  const rule = `${
    steps + 1
  } falling numbers of at least 0 (one before each of the ${steps} steps, one after the last)`;
  throw new DomainError({ doing, what: "sigmas", rule, got: sigmas });
}

function checkRho({ name, rho }: RhoSigmas): void {
  named("sigmas.name", RHO_SIGMAS.map((name) => ({ name })), name);
  if (Number.isFinite(rho) && rho > 0) return;
  throw new DomainError({ doing, what: "sigmas.rho", rule: "a number above 0", got: rho });
}

/** Timesteps of the user's own must fall, be timesteps of training, and be as many as there are steps. */
function checkTimesteps(solver: Solver, timesteps: readonly number[], steps: number, trained: number): void {
  if (!solver.takesTimesteps) {
    const rule = `left out for the solver ${solver.name}`;
    throw new DomainError({ doing, what: "timesteps", rule, got: timesteps });
  }
  const fall = timesteps.every((t, i) =>
    Number.isInteger(t) && t >= 0 && t < trained && !(t >= timesteps[i - 1])
  );
  if (timesteps.length === steps && fall) return;
  const rule = `${steps} falling whole numbers from 0 to ${trained - 1}, one for each step`;
  throw new DomainError({ doing, what: "timesteps", rule, got: timesteps });
}

/** @throws {DomainError} when an option is out of its range, or means nothing to the solver */
export function checkSchedulerOptions(solver: Solver, options: SchedulerOptions, most: number): void {
  const { steps, sigmas, eta = 0, imageTokens = 1, strength = 1 } = options;
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= most)) {
    throw new DomainError({ doing, what: "steps", rule: `a whole number from 1 to ${most}`, got: steps });
  }
  if (!(eta >= 0 && eta <= 1)) {
    throw new DomainError({ doing, what: "eta", rule: "a number from 0 to 1", got: eta });
  }
  if (eta > 0 && !solver.takesEta) {
    throw new DomainError({ doing, what: "eta", rule: `0 for the solver ${solver.name}`, got: eta });
  }
  if (!(Number.isInteger(imageTokens) && imageTokens >= 1)) {
    throw new DomainError({
      doing,
      what: "imageTokens",
      rule: "a whole number of at least 1",
      got: imageTokens,
    });
  }
  if (!(strength >= 0 && strength <= 1)) {
    throw new DomainError({ doing, what: "strength", rule: "a number from 0 to 1", got: strength });
  }
  if (options.timesteps) checkTimesteps(solver, options.timesteps, steps, most);
  if (sigmas === undefined) return;
  if (typeof sigmas === "string") named("sigmas", SIGMAS_NAMES.map((name) => ({ name })), sigmas);
  else if (!isSigmaList(sigmas)) checkRho(sigmas);
  if (!solver.takesSigmas) {
    const rule = `left out for the solver ${solver.name}`;
    throw new DomainError({ doing, what: "sigmas", rule, got: sigmas });
  }
  if (isSigmaList(sigmas)) checkList(sigmas, steps);
}
