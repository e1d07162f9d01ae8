/**
 * Attention policies: how the scores of a row become its weights, each in several forms. `reference` is float64
 * TypeScript and the truth, `graph` is ONNX nodes.
 *
 * @module
 */
export {
  alphaOf,
  type AttentionPolicy,
  inputOfPolicy,
  LAMBDA_INPUT,
  MASKED_SCORE,
  MOST_ALPHA,
  MOST_LAMBDA,
  policyInputs,
  TEMPERATURE_INPUT,
} from "./policy.ts";
export type { NodeAttributes, NodeBuilder, ScoresInfo } from "./node_builder.ts";
export { policyGraph } from "./policy_graph.ts";
export { policyReference } from "./policy_reference.ts";
export { provenEvaluations, type ThresholdPlan, thresholdPlan } from "./entmax/threshold_plan.ts";
