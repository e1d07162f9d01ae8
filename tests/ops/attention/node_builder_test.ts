/** What the graph forms write, seen through a NodeBuilder that only records. */
import assert from "node:assert/strict";
import type { NodeAttributes, NodeBuilder, ScoresInfo } from "../../../ops/attention/node_builder.ts";
import { type AttentionPolicy, LAMBDA_INPUT, policyInputs } from "../../../ops/attention/policy.ts";
import { policyGraph } from "../../../ops/attention/policy_graph.ts";

interface RecordedNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly attributes: NodeAttributes;
}

function record(policy: AttentionPolicy, info: Partial<ScoresInfo> = {}, opset = 18) {
  const nodes: RecordedNode[] = [], constants: unknown[] = [], inputs: string[] = [];
  const builder: NodeBuilder = {
    opset,
    node: (opType, inputs, attributes = {}) => `node_${nodes.push({ opType, inputs, attributes })}`,
    constant: (values) => `constant_${constants.push(values)}`,
    input(name) {
      inputs.push(name);
      return name;
    },
  };
  policyGraph(policy, builder, "scores", { keys: 77, dtype: "float32", masked: false, ...info });
  return { nodes, constants, inputs, opTypes: nodes.map(({ opType }) => opType) };
}

const entmax = (alpha: number): AttentionPolicy => ({ kind: "entmax", alpha });
const pladis = (alpha: number, lambda = 2): AttentionPolicy => ({ kind: "pladis", alpha, lambda });

/**
 * Nodes that run at 77 keys, unmasked float32: more of them is a decision. A constant's Reshape is folded when a
 * session loads, and λ's is one for all sites.
 */
const COUNTS: readonly (readonly [AttentionPolicy, number])[] = [
  [{ kind: "dense" }, 1],
  [entmax(1.25), 41],
  [pladis(1.25), 46],
  [entmax(1.5), 42],
  [pladis(1.5), 47],
  [entmax(1.75), 80],
  [pladis(1.75), 85],
  [entmax(2), 55],
  [pladis(2), 60],
  [entmax(3), 176],
  [pladis(3), 181],
];

for (const [policy, count] of COUNTS) {
  Deno.test(`a graph of ${JSON.stringify(policy)} has ${count} nodes`, () => {
    assert.equal(record(policy).opTypes.filter((opType) => opType !== "Reshape").length, count);
  });
}

Deno.test("PLADIS adds a softmax and the mixing to entmax", () => {
  for (const alpha of [1.25, 1.5, 1.75, 2, 3]) {
    const added = record(pladis(alpha)).opTypes.toSorted();
    for (const opType of record(entmax(alpha)).opTypes) added.splice(added.indexOf(opType), 1);
    assert.deepEqual(added, ["Add", "Mul", "Mul", "Reshape", "Softmax", "Sub"]);
  }
});

Deno.test("a mask costs one node", () => {
  for (const policy of [{ kind: "dense" } as const, entmax(1.5), pladis(1.5)]) {
    assert.equal(record(policy, { masked: true }).nodes.length, record(policy).nodes.length + 1);
  }
});

for (const opset of [14, 17, 18, 23]) {
  Deno.test(`reductions have their axes where opset ${opset} has them`, () => {
    for (const alpha of [1.25, 1.5, 1.75, 2, 3]) {
      const reductions = record(pladis(alpha), {}, opset).nodes.filter(({ opType }) =>
        opType.startsWith("Reduce")
      );
      assert.ok(reductions.some(({ opType }) => opType === "ReduceMax"));
      assert.ok(reductions.some(({ opType }) => opType === "ReduceSum"));
      for (const { opType, inputs, attributes } of reductions) {
        const asInput = opType === "ReduceSum" || opset >= 18;
        assert.equal(inputs.length, asInput ? 2 : 1, opType);
        assert.deepEqual(attributes, asInput ? { keepdims: 1 } : { axes: [-1], keepdims: 1 }, opType);
      }
    }
  });
}

Deno.test("float16 adds two casts, the first and the last node", () => {
  for (const policy of [{ kind: "dense" } as const, entmax(1.5), pladis(2)]) {
    const { nodes, opTypes } = record(policy, { dtype: "float16" });
    assert.deepEqual(opTypes.slice(1, -1), record(policy).opTypes);
    assert.deepEqual(nodes[0], { opType: "Cast", inputs: ["scores"], attributes: { to: 1 } });
    assert.equal(nodes.at(-1)?.opType, "Cast");
    assert.deepEqual(nodes.at(-1)?.attributes, { to: 10 });
  }
});

Deno.test("λ is an input and α is compiled in", () => {
  const one = record(pladis(1.3, 2)), other = record(pladis(1.3, 5));
  assert.deepEqual(one, other);
  assert.deepEqual(one.inputs, [LAMBDA_INPUT]);
  assert.deepEqual(policyInputs(pladis(1.3, 5)), { [LAMBDA_INPUT]: 5 });
  assert.notDeepEqual(record(pladis(1.3)), record(pladis(1.35)));
  for (const policy of [{ kind: "dense" } as const, entmax(1.5)]) {
    assert.deepEqual(record(policy).inputs, []);
    assert.deepEqual(policyInputs(policy), {});
  }
});
