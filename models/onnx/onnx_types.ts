/**
 * ONNX's messages as plain objects: the fields that Winnow reads or writes, in protobufjs' camelCase.
 * Fields not listed here are kept as they were read.
 *
 * @module
 */

/** An int64 field: protobufjs gives a Long, and takes a number. */
export type Int64 = number | { toNumber(): number };

/** ONNX's TensorProto.DataType, those that appear in diffusion models. */
export const DataType = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  INT32: 6,
  INT64: 7,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
} as const;

/** ONNX's AttributeProto.AttributeType, those that Winnow reads or writes. */
export const AttributeType = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
} as const;

export interface StringEntry {
  key: string;
  value: string;
}

export interface TensorProto {
  name?: string;
  dims?: Int64[];
  dataType?: number;
  rawData?: Uint8Array;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: Int64[];
  /** 1 when the data lie in a side file that `externalData` names. */
  dataLocation?: number;
  externalData?: StringEntry[];
}

export interface SparseTensorProto {
  values?: TensorProto;
  indices?: TensorProto;
}

export interface AttributeProto {
  name: string;
  type?: number;
  f?: number;
  i?: Int64;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  sparseTensor?: SparseTensorProto;
  tensors?: TensorProto[];
  graphs?: GraphProto[];
  sparseTensors?: SparseTensorProto[];
  floats?: number[];
  ints?: Int64[];
}

export interface NodeProto {
  name?: string;
  opType: string;
  domain?: string;
  input: string[];
  output: string[];
  attribute?: AttributeProto[];
  metadataProps?: StringEntry[];
}

export interface Dimension {
  dimValue?: Int64;
  dimParam?: string;
}

export interface ValueInfoProto {
  name: string;
  type?: { tensorType?: { elemType?: number; shape?: { dim?: Dimension[] } } };
}

export interface GraphProto {
  name?: string;
  node: NodeProto[];
  initializer: TensorProto[];
  sparseInitializer?: SparseTensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo?: ValueInfoProto[];
}

export interface ModelProto {
  irVersion?: Int64;
  producerName?: string;
  opsetImport: { domain?: string; version?: Int64 }[];
  graph: GraphProto;
  functions?: { node: NodeProto[] }[];
}

/** An int64 field as a number. */
export function toNumber(value: Int64 | undefined): number {
  return value === undefined || value === null ? 0 : typeof value === "number" ? value : value.toNumber();
}

/** The attribute of a node, if it has it. */
export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute?.find((attribute) => attribute.name === name);
}
