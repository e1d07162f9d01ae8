/**
 * Attention policies: dense, entmax, PLADIS.
 *
 * @module
 */
export * from "./node_builder.ts";
export * from "./policy.ts";
export * from "./policy_graph.ts";
export * from "./policy_reference.ts";
