import { DomainError } from "../../errors.ts";
import { CONFIG_SIGMAS, type SigmasChoice } from "../schedule/named_sigmas.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import { createScheduler } from "./scheduler.ts";
import type { Solver } from "./solver.ts";
import { type SolverName, solverOf, SOLVERS } from "./solver_choice.ts";

export interface ToSchedulerConfigOptions {
  /** Left out: the one that the configuration's `_class_name` names. */
  readonly solver?: SolverName;
  /** Left out: what the configuration asks for. */
  readonly sigmas?: SigmasChoice;
}

const doing = "write a scheduler_config.json";

function sigmasFields(sigmas: SigmasChoice, lacks: Solver["lacks"] = []): SchedulerConfig {
  const name = CONFIG_SIGMAS.find((each) => each === sigmas && !lacks.includes(`use_${each}_sigmas`));
  if (sigmas === "lu") return { use_lu_lambdas: true };
  if (!name) {
    const rule = lacks.includes("use_karras_sigmas")
      ? "left out: diffusers' class has no field for them"
      : `one of ${CONFIG_SIGMAS.join(", ")}: diffusers' configurations know no other`;
    throw new DomainError({ doing, what: "sigmas", rule, got: sigmas });
  }
  return Object.fromEntries(CONFIG_SIGMAS.map((each) => [`use_${each}_sigmas`, each === name]));
}

/** The solver that is a class' own. */
function classSolver(className: string): Solver | undefined {
  return SOLVERS.find(({ schedulerClass }) => schedulerClass === className);
}

/**
 * The scheduler_config.json with which diffusers' `Class.from_config` sets up the same scheduler: the configuration with
 * the class and the fields of the solver and of the sigma schedule that were chosen. What is no field of any class (η,
 * the steps) is for diffusers' `step` and `set_timesteps`.
 *
 * @throws {DomainError} when diffusers has no class or no field for what was chosen
 * @throws {BundleError} when the configuration names no solver, or asks for what does not go with what was chosen
 */
export function toSchedulerConfig(
  config: SchedulerConfig,
  { solver: name, sigmas }: ToSchedulerConfigOptions = {},
): SchedulerConfig {
  const { solver, config: read } = solverOf(config, name);
  const isFlow = read.use_flow_sigmas === true;
  const className = isFlow && solver.flowClass !== undefined ? solver.flowClass : solver.schedulerClass;
  if (className === null) {
    const rule = "one that diffusers has a class of flow matching for";
    throw new DomainError({ doing, what: "the solver", rule, got: solver.name });
  }
  const ownFlow = className.startsWith("FlowMatch");
  const { lambda_min_clipped, ...kept } = ownFlow ? config : read;
  const written: SchedulerConfig = {
    ...kept,
    // −∞ is the default, and no number in JSON.
    ...(lambda_min_clipped === undefined || lambda_min_clipped === -Infinity ? {} : { lambda_min_clipped }),
    ...solver.schedulerFields,
    ...(sigmas === undefined ? {} : sigmasFields(sigmas, classSolver(className)?.lacks)),
    _class_name: className,
  };
  // What does not go together is said now, and not when the file is read.
  createScheduler(written, { steps: 4, imageTokens: 1 });
  return Object.freeze(written);
}
