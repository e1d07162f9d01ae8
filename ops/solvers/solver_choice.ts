/** Which solver a configuration, or its user, names. */
import * as all from "./all_solvers.ts";
import { unsupported } from "./config_reading.ts";
import { named } from "./named_choice.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { Solver } from "./solver.ts";

export type SolverName = (typeof all)[keyof typeof all]["name"];

/** Every solver there is, in the order of their names. */
export const SOLVERS: readonly Solver<SolverName>[] = Object.freeze(Object.values(all));

/** Whether the configuration belongs to a model of flow matching: diffusers has classes of their own for these. */
function isFlowClass({ _class_name = "" }: SchedulerConfig): boolean {
  return _class_name.startsWith("FlowMatch");
}

/** A flow matching class' configuration as the solvers read it that walk on more than one kind of schedule. */
function asFlow(config: SchedulerConfig): SchedulerConfig {
  const { shift = 1 } = config;
  return { prediction_type: "flow_prediction", use_flow_sigmas: true, flow_shift: shift, ...config };
}

/** Whether the configuration has the fields by which a solver is told from others of its class. */
function hasFields(config: SchedulerConfig, { schedulerFields = {} }: Solver): boolean {
  return Object.entries(schedulerFields).every(([field, value]) =>
    config[field as keyof SchedulerConfig] === value
  );
}

/**
 * The solver, and the configuration as it is to read it.
 *
 * @param name The user's choice; left out: what the configuration's `_class_name` names.
 * @throws {DomainError} when there is no such solver
 * @throws {BundleError} when the class has none, or the solver none for flow matching
 */
export function solverOf(
  config: SchedulerConfig,
  name: SolverName | undefined,
): { solver: Solver<SolverName>; config: SchedulerConfig } {
  const className = config._class_name;
  const ofClass = SOLVERS.filter((each) => each.schedulerClass === className);
  // Several may share a class: the one whose own fields are found first, else the one that has none.
  const byClass = ofClass.find((each) => each.schedulerFields && hasFields(config, each)) ??
    ofClass.find((each) => !each.schedulerFields) ?? ofClass[0];
  const solver = name === undefined ? byClass : named("the solver", SOLVERS, name);
  if (!solver) {
    const classes = [...new Set(SOLVERS.map((each) => each.schedulerClass))].join(", ");
    const remedy = `Name a solver instead: ${SOLVERS.map((each) => each.name).join(", ")}.`;
    throw unsupported("_class_name", `one of ${classes}`, className, remedy);
  }
  if (!isFlowClass(config)) return { solver, config };
  if (!solver.takesFlow) {
    const names = SOLVERS.filter((each) => each.takesFlow).map((each) => each.name);
    const remedy = `On the schedules of flow matching walk ${names.join(", ")}.`;
    throw unsupported(
      "_class_name",
      `no class of flow matching for the solver ${solver.name}`,
      className,
      remedy,
    );
  }
  return { solver, config: asFlow(config) };
}
