import assert from "node:assert/strict";
import { mapTensors } from "../../../models/onnx/map_tensors.ts";
import type { ModelProto, NodeProto, TensorProto } from "../../../models/onnx/onnx_types.ts";
import { sumModel } from "./sum_model.ts";

const tensor = (name: string): TensorProto => ({ name });

const node = (attribute: NodeProto["attribute"]): NodeProto => ({
  opType: "Any",
  input: [],
  output: [],
  attribute,
});

/** A model with a tensor in each place that can hold one. */
function everywhere(): ModelProto {
  const body = {
    ...sumModel([tensor("body")]).graph,
    node: [node([{ name: "a", t: tensor("body's constant") }])],
  };
  const proto = sumModel([tensor("w")]);
  proto.graph.sparseInitializer = [{ values: tensor("values"), indices: tensor("indices") }];
  proto.graph.node = [
    node([{ name: "a", t: tensor("t") }, { name: "b", tensors: [tensor("tensors")] }, { name: "c", i: 1 }]),
    node([{ name: "a", g: body }, { name: "b", graphs: [body] }]),
    node([
      { name: "a", sparseTensor: { values: tensor("sparse") } },
      { name: "b", sparseTensors: [{ indices: tensor("sparses") }] },
    ]),
    { opType: "Plain", input: [], output: [] },
  ];
  proto.functions = [{ node: [node([{ name: "a", t: tensor("function") }])] }];
  return proto;
}

Deno.test("mapTensors: finds every tensor, and tells the main graph's initializers from others", () => {
  const found: [string | undefined, boolean][] = [];
  const proto = everywhere();
  const same = mapTensors(proto, (each, weight) => {
    found.push([each.name, weight]);
    return each;
  });
  assert.equal(same, proto, "what stays is not copied");
  const body = ["body's constant", "body"];
  assert.deepEqual(
    found.map(([name]) => name),
    ["t", "tensors", ...body, ...body, "sparse", "sparses", "w", "values", "indices", "function"],
  );
  assert.deepEqual(found.filter(([, weight]) => weight).map(([name]) => name), ["w"]);
});

Deno.test("mapTensors: changes each, and leaves the model that it was given", () => {
  const proto = everywhere(), before = JSON.stringify(proto);
  const after = mapTensors(proto, (each) => ({ ...each, name: `new ${each.name}` }));
  assert.equal(JSON.stringify(proto), before);
  const plain = JSON.stringify(
    mapTensors(after, (each) => ({ ...each, name: each.name?.replace("new ", "") })),
  );
  assert.equal(plain, before);
  assert.equal(after.graph.node[3], proto.graph.node[3]);
});
