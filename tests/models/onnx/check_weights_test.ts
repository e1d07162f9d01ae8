/** External data in side files: what is right is read, and what is not is refused by the tensor's name. */
import assert from "node:assert/strict";
import { join } from "npm:deno-std@1.4.0/path/join.js";
import { GraphError } from "../../../errors.ts";
import { encodeForSession, encodeGraph } from "../../../models/onnx/encode_onnx.ts";
import type { TensorProto } from "../../../models/onnx/onnx_types.ts";
import { openOnnx } from "../../../models/onnx/read_onnx.ts";
import { readWeight } from "../../../models/onnx/read_weights.ts";
import { floatTensor } from "../../../models/runtimes/tensor.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { external, sumModel, weight } from "./sum_model.ts";

const numbers = (from: number, count: number) => Float32Array.from({ length: count }, (_, i) => from + i);

/** Opens a model whose tensors lie in two side files of 4000 and 400 bytes, in a folder that is gone after. */
async function withModel(
  tensors: readonly TensorProto[],
  test: (open: () => ReturnType<typeof openOnnx>) => unknown,
) {
  const folder = await Deno.makeTempDir({ prefix: "winnow-test-" });
  try {
    const file = (name: string): [string, { path: string }] => [name, { path: join(folder, name) }];
    await Deno.writeFile(join(folder, "a.bin"), new Uint8Array(numbers(0, 1000).buffer));
    await Deno.writeFile(join(folder, "b.bin"), new Uint8Array(numbers(5000, 100).buffer));
    const path = join(folder, "model.onnx");
    await Deno.writeFile(path, encodeGraph(sumModel(tensors)));
    const sideFiles = new Map([file("a.bin"), file("b.bin"), file("not there"), file("deeper/c.bin")]);
    await test(() => openOnnx(path, { shown: "unet/model.onnx", sideFiles }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const several = [
  external("alone", [100], { location: "b.bin" }),
  external("first", [50], { location: "./a.bin", offset: 0, length: 200 }),
  external("second", [2, 25], { location: "a.bin", offset: 200, length: 200 }),
  external("tied", [50], { location: "a.bin", offset: 200, length: 200, checksum: "of no interest" }),
  external("last", [1], { location: "a.bin", offset: 3996, length: 4 }),
  external("empty", [0], { location: "a.bin", offset: 100, length: 0 }),
  weight("inline", Array(300).fill(1)),
];

Deno.test("external data: several side files, offsets and lengths", () =>
  withModel(several, (open) => {
    const model = open();
    const read = (name: string) => {
      const tensor = model.proto.graph.initializer.find((each) => each.name === name) as TensorProto;
      return [...new Float32Array(readWeight(tensor, model)?.buffer as ArrayBuffer)];
    };
    assert.deepEqual(read("alone"), [...numbers(5000, 100)]);
    assert.deepEqual(read("first"), [...numbers(0, 50)]);
    assert.deepEqual(read("second"), [...numbers(50, 50)]);
    assert.deepEqual(read("tied"), read("second"));
    assert.deepEqual(read("last"), [999]);
    assert.deepEqual(read("empty"), []);
    const { files } = encodeForSession(model);
    // each range once, at multiples of 64
    assert.deepEqual(files.map(({ data }) => data.length), [448 + 256 + 256 + 64 + 1200]);
  }));

const refused: Record<string, [tensors: TensorProto[], expected: RegExp]> = {
  "a step out of the folder": [
    [external("w", [1], { location: "../secret" })],
    /^Cannot read the model: unet\/model\.onnx: the data of "w" must be in a file beside the graph, named without "\.\.", "\\" and a root, got "\.\.\/secret"\. Do not use this model unless you trust/,
  ],
  "a step out in the middle": [
    [external("w", [1], { location: "a/../../b.bin" })],
    /must be in a file beside/,
  ],
  "an absolute path": [
    [external("w", [1], { location: "/etc/passwd" })],
    /must be in a file beside .*got "\/etc\/passwd"/,
  ],
  "a path of Windows": [[external("w", [1], { location: "C:\\a.bin" })], /must be in a file beside/],
  "a drive": [[external("w", [1], { location: "c:a.bin" })], /must be in a file beside/],
  "a backslash": [[external("w", [1], { location: "..\\a.bin" })], /must be in a file beside/],
  "a file that is not known": [
    [external("w", [1], { location: "c.bin" })],
    /"w" must be in one of the files beside the graph: a\.bin, b\.bin, .*, got "c\.bin"\. Copy or download/,
  ],
  "a file that is gone": [
    [external("w", [1], { location: "not there" })],
    /not there must be a file that can be read/,
  ],
  "no location": [
    [external("w", [1], { offset: 0, length: 4 })],
    /must be a location, an offset and a length, got/,
  ],
  "two locations": [
    [{
      ...external("w", [1], {}),
      externalData: [{ key: "location", value: "a.bin" }, { key: "location", value: "b.bin" }],
    }],
    /must be one location, one offset and one length/,
  ],
  "an offset that is negative": [
    [external("w", [1], { location: "a.bin", offset: -4 })],
    /"w" must be at an offset that is a whole number, got "-4"/,
  ],
  "an offset that is a fraction": [
    [external("w", [1], { location: "a.bin", offset: "1.5" })],
    /whole number, got "1\.5"/,
  ],
  "an offset past all numbers": [
    [external("w", [1], { location: "a.bin", offset: "99999999999999999999" })],
    /whole number/,
  ],
  "a length that is not the tensor's": [
    [external("w", [2, 5], { location: "a.bin", offset: 0, length: 39 })],
    /"w" must be of 40 bytes, by its type and dims, got "39"/,
  ],
  "a length that is no number": [
    [external("w", [1], { location: "a.bin", length: "4 bytes" })],
    /of 4 bytes/,
  ],
  "a tensor without a type": [
    [{ ...external("w", [1], { location: "a.bin" }), dataType: 0 }],
    /must be of a tensor with a type and a size/,
  ],
  "a size below zero": [
    [external("w", [-1], { location: "a.bin" })],
    /must be of a tensor with a type and a size/,
  ],
  "an end past the file's": [
    [external("w", [10], { location: "a.bin", offset: 3961, length: 40 })],
    /"w" must be within the 4000 bytes of .*a\.bin, got "bytes 3961 to 4001"/,
  ],
  "an end past the file's, of a tensor without a length": [
    [external("w", [101], { location: "b.bin" })],
    /within the 400/,
  ],
  "ranges that overlap": [
    [
      external("v", [10], { location: "a.bin", offset: 0, length: 40 }),
      external("w", [10], { location: "a.bin", offset: 36, length: 40 }),
    ],
    /data of "w" must be apart from others, or the same: the data of "v" is bytes 0 to 40, got "bytes 36 to 76"/,
  ],
  "a range in another": [
    [
      external("w", [10], { location: "a.bin", offset: 0, length: 40 }),
      external("v", [20], { location: "a.bin", offset: 0, length: 80 }),
    ],
    /must be apart from others, or the same/,
  ],
  "data in the tensor and elsewhere": [
    [{
      ...weight("w", Array(300).fill(1)),
      externalData: external("w", [1], { location: "a.bin" }).externalData,
    }],
    /must be one location, one offset and one length/,
  ],
};

for (const [title, [tensors, expected]] of Object.entries(refused)) {
  Deno.test(`external data: ${title} is refused`, () =>
    withModel(tensors, (open) => {
      assert.throws(open, (error: Error) => {
        assert.ok(error instanceof GraphError, error.stack);
        assert.match(error.message, expected);
        return true;
      });
    }));
}

testOnDevices(
  "a session of a model with several side files computes with all of them",
  ["native", "wasm"],
  async (device) => {
    const scalars = [3996, 36, 0].map((offset, i) =>
      external(`w${i}`, [1], { location: "a.bin", offset, length: 4 })
    );
    const wide = external("wide", [100], { location: "b.bin", offset: 0, length: 400 });
    const constant = weight("inline", Array.from({ length: 100 }, () => 0.5));
    await withModel([...scalars, wide, constant], async (open) => {
      await using runtime = await runtimeFor(device);
      await using session = await runtime.compile(encodeForSession(open()), "sum");
      const { y } = await session.run({ x: floatTensor([100], new Float32Array(100).fill(0.25)) });
      assert.deepEqual([...y.data as Float32Array], [...numbers(5000 + 999 + 9 + 0.75, 100)]);
    });
  },
);
