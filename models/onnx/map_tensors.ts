/**
 * Every tensor of a model, wherever it is.
 *
 * @module
 */
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
} from "./onnx_types.ts";

/** What becomes of a tensor; `weight` is true of the main graph's initializers. Gives it back where it stays. */
export type ChangeTensor = (tensor: TensorProto, weight: boolean) => TensorProto;

/** A list with each entry changed; the same list if all stay. */
function changed<T>(list: readonly T[], change: (each: T) => T): readonly T[] {
  const made = list.map(change);
  return made.some((each, i) => each !== list[i]) ? made : list;
}

/** An object with some of its fields changed; the same object if all stay. Absent fields stay absent. */
function withFields<T extends object>(
  old: T,
  fields: { [K in keyof T]?: (value: NonNullable<T[K]>) => unknown },
): T {
  const made: Partial<Record<keyof T, unknown>> = {};
  for (const key of Object.keys(fields) as (keyof T)[]) {
    const value = old[key];
    if (value === undefined || value === null) continue;
    const after = fields[key]?.(value as NonNullable<T[keyof T]>);
    if (after !== value) made[key] = after;
  }
  return Object.keys(made).length ? { ...old, ...made } : old;
}

function mapSparse(sparse: SparseTensorProto, change: ChangeTensor): SparseTensorProto {
  const part = (tensor: TensorProto) => change(tensor, false);
  return withFields(sparse, { values: part, indices: part });
}

function mapAttribute(attribute: AttributeProto, change: ChangeTensor): AttributeProto {
  const tensor = (each: TensorProto) => change(each, false);
  const body = (each: GraphProto) => mapGraph(each, change, false);
  const sparse = (each: SparseTensorProto) => mapSparse(each, change);
  return withFields(attribute, {
    t: tensor,
    g: body,
    sparseTensor: sparse,
    tensors: (list) => changed(list, tensor),
    graphs: (list) => changed(list, body),
    sparseTensors: (list) => changed(list, sparse),
  });
}

function mapNode(node: NodeProto, change: ChangeTensor): NodeProto {
  return withFields(node, { attribute: (list) => changed(list, (each) => mapAttribute(each, change)) });
}

function mapGraph(graph: GraphProto, change: ChangeTensor, main: boolean): GraphProto {
  return withFields(graph, {
    node: (list) => changed(list, (each) => mapNode(each, change)),
    initializer: (list) => changed(list, (each) => change(each, main)),
    sparseInitializer: (list) => changed(list, (each) => mapSparse(each, change)),
  });
}

/** A model with its tensors changed: initializers, constants and other attributes, those of bodies and functions too. */
export function mapTensors(proto: ModelProto, change: ChangeTensor): ModelProto {
  return withFields(proto, {
    graph: (graph) => mapGraph(graph, change, true),
    functions: (list) =>
      changed(
        list,
        (each) => withFields(each, { node: (nodes) => changed(nodes, (node) => mapNode(node, change)) }),
      ),
  });
}
