/**
 * The solvers' constructors. All throw a `RecipeError` if an option breaks its rule.
 *
 * @module
 */
import { makePart } from "../make_part.ts";
import {
  type BundleScheduler,
  type PlainScheduler,
  plainSchedulerSchema,
  type SigmasScheduler,
  sigmasSchedulerSchema,
} from "../recipe_scheduler.ts";
import type { SigmasOptions, StepsOptions } from "./scheduler_options.ts";
import type { PlainKind, SigmasKind } from "./solver_kinds.ts";

function withSigmas<K extends SigmasKind>(kind: K): (options?: SigmasOptions) => SigmasScheduler<K> {
  const schema = sigmasSchedulerSchema(kind);
  return (options = {}) => {
    const { sigmas } = options;
    const fitting = Array.isArray(sigmas) ? { steps: sigmas.length - 1 } : {};
    return makePart("scheduler", schema, { ...fitting, ...options, kind }) as unknown as SigmasScheduler<K>;
  };
}

function plain<K extends PlainKind>(kind: K): (options?: StepsOptions) => PlainScheduler<K> {
  const schema = plainSchedulerSchema(kind);
  return (options = {}) =>
    makePart("scheduler", schema, { ...options, kind }) as unknown as PlainScheduler<K>;
}

/** Euler. */
export const euler = withSigmas("euler");
/** Euler ancestral. */
export const eulerAncestral = withSigmas("euler_ancestral");
/** Heun, with two evaluations a step. */
export const heun = withSigmas("heun");
/** LMS. */
export const lms = withSigmas("lms");
/** DPM2, with two evaluations a step. */
export const kdpm2 = withSigmas("kdpm2");
/** DPM2 ancestral, with two evaluations a step. */
export const kdpm2Ancestral = withSigmas("kdpm2_ancestral");
/** DPM++ 2M. */
export const dpmpp2m = withSigmas("dpmpp_2m");
/** DPM++ 2M SDE. */
export const dpmpp2mSde = withSigmas("dpmpp_2m_sde");
/** DPM++ 3M. */
export const dpmpp3m = withSigmas("dpmpp_3m");
/** DPM++ 3M SDE. */
export const dpmpp3mSde = withSigmas("dpmpp_3m_sde");
/** DPM++ singlestep. */
export const dpmppSinglestep = withSigmas("dpmpp_singlestep");
/** DPM++ SDE, with two evaluations a step. */
export const dpmppSde = withSigmas("dpmpp_sde");
/** DEIS. */
export const deis = withSigmas("deis");
/** UniPC. */
export const unipc = withSigmas("unipc");
/** SA-Solver. */
export const saSolver = withSigmas("sa_solver");
/** Euler for models with EDM's preconditioning. */
export const edmEuler = withSigmas("edm_euler");
/** Euler for models of flow matching. */
export const flowEuler = withSigmas("flow_euler");
/** Heun for models of flow matching. */
export const flowHeun = withSigmas("flow_heun");
/** LCM for distilled models of flow matching. */
export const flowLcm = withSigmas("flow_lcm");
/** DDPM. */
export const ddpm = plain("ddpm");
/** PNDM. */
export const pndm = plain("pndm");
/** IPNDM. */
export const ipndm = plain("ipndm");
/** SCM, for models that were distilled so. */
export const scm = plain("scm");

/** The solver that the bundle's own configuration names. */
export function bundleScheduler(options: StepsOptions = {}): BundleScheduler {
  return makePart("scheduler", plainSchedulerSchema("bundle"), { ...options, kind: "bundle" });
}
