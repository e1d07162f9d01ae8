/**
 * The solvers that a recipe can name, by what can be said of them.
 *
 * @module
 */

/** Those whose noise levels can be chosen. */
export const SIGMAS_KINDS = [
  "euler",
  "euler_ancestral",
  "heun",
  "lms",
  "kdpm2",
  "kdpm2_ancestral",
  "dpmpp_2m",
  "dpmpp_2m_sde",
  "dpmpp_3m",
  "dpmpp_3m_sde",
  "dpmpp_singlestep",
  "dpmpp_sde",
  "deis",
  "unipc",
  "sa_solver",
  "edm_euler",
  "flow_euler",
  "flow_heun",
  "flow_lcm",
] as const;
export type SigmasKind = (typeof SIGMAS_KINDS)[number];

/** Those that have η. */
export const ETA_KINDS = ["ddim", "tcd"] as const;

/** Those for distilled models, whose timesteps can be given one by one. */
export const DISTILLED_KINDS = ["lcm", "tcd"] as const;

/** Those of which only the steps can be chosen. */
export const PLAIN_KINDS = ["ddpm", "pndm", "ipndm", "scm"] as const;
export type PlainKind = (typeof PLAIN_KINDS)[number];

/** All of them, and the one that is for the bundle to say. */
export const SOLVER_KINDS = ["ddim", ...SIGMAS_KINDS, ...DISTILLED_KINDS, ...PLAIN_KINDS, "bundle"] as const;

/** Every solver's name as people call it. */
export const SOLVER_TITLES = {
  ddim: "DDIM",
  ddpm: "DDPM",
  pndm: "PNDM",
  ipndm: "IPNDM",
  lms: "LMS",
  euler: "Euler",
  euler_ancestral: "Euler ancestral",
  heun: "Heun",
  kdpm2: "DPM2",
  kdpm2_ancestral: "DPM2 ancestral",
  dpmpp_2m: "DPM++ 2M",
  dpmpp_2m_sde: "DPM++ 2M SDE",
  dpmpp_3m: "DPM++ 3M",
  dpmpp_3m_sde: "DPM++ 3M SDE",
  dpmpp_singlestep: "DPM++ singlestep",
  dpmpp_sde: "DPM++ SDE",
  deis: "DEIS",
  unipc: "UniPC",
  sa_solver: "SA-Solver",
  edm_euler: "EDM Euler",
  lcm: "LCM",
  tcd: "TCD",
  scm: "SCM",
  flow_euler: "Flow matching Euler",
  flow_heun: "Flow matching Heun",
  flow_lcm: "Flow matching LCM",
} as const;
