import assert from "node:assert/strict";
import { GraphError } from "../../../errors.ts";
import { bytesInMemory, bytesOnDisk } from "../../../models/onnx/byte_source.ts";

Deno.test("a source gives the bytes from any offset, on disk and in memory", async () => {
  const path = await Deno.makeTempFile({ prefix: "winnow-test-" });
  try {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
    await Deno.writeFile(path, bytes);
    for (const source of [bytesInMemory(bytes, "memory"), bytesOnDisk(path)]) {
      assert.equal(source.size, 1000);
      using open = source.open();
      for (const [from, to] of [[0, 10], [990, 1000], [5, 5], [0, 1000], [3, 4]]) {
        const into = new Uint8Array(to - from);
        open.read(from, into);
        assert.deepEqual([...into], [...bytes.subarray(from, to)]);
      }
      assert.throws(() => open.read(999, new Uint8Array(2)), GraphError);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a file that is not what it was when its source was made is refused", async () => {
  const path = await Deno.makeTempFile({ prefix: "winnow-test-" });
  const refuses = (got: RegExp) => {
    assert.throws(() => source.open()[Symbol.dispose](), (error: Error) => {
      assert.ok(error instanceof GraphError);
      assert.match(error.message, /^Cannot read the model: the weights must be /);
      assert.match(error.message, got);
      return true;
    });
  };
  await Deno.writeFile(path, new Uint8Array(8));
  await Deno.utime(path, 1e9, 1e9);
  const source = bytesOnDisk(path, "the weights");
  source.open()[Symbol.dispose]();
  await Deno.utime(path, 1e9, 1e9 + 1);
  refuses(
    /what it was when it was opened, got "a file that was written since"\. Do not write to a model's files/,
  );
  await Deno.truncate(path, 4);
  refuses(/got "4 bytes in place of 8"/);
  await Deno.remove(path);
  refuses(/a file that can be read/);
});
