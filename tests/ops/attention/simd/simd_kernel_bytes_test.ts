/** The bytes of the WebAssembly kernel are what its source compiles to. */
import assert from "node:assert/strict";
import { bytesFile, compiledKernel } from "../../../../ops/attention/simd/build_simd_kernel.ts";
import { compileSimdKernel } from "../../../../ops/attention/simd/simd_kernel.ts";

const FOLDER = new URL("../../../../ops/attention/simd/", import.meta.url);

Deno.test("simd_kernel_bytes.ts is what the source compiles to: run `deno task build-simd`", async () => {
  assert.equal(
    await Deno.readTextFile(new URL("simd_kernel_bytes.ts", FOLDER)),
    bytesFile(await compiledKernel()),
  );
});

Deno.test("the kernel asks for a shared memory and nothing else, and keeps nothing in it", async () => {
  const module = await compileSimdKernel();
  assert.deepEqual(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
  assert.deepEqual(
    WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function"),
    [{ name: "attend", kind: "function" }],
  );
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const bytes = new Uint8Array(memory.buffer).fill(0xaa);
  new WebAssembly.Instance(module, { env: { memory } });
  assert.ok(bytes.every((byte) => byte === 0xaa), "an instance writes to the memory");
});

Deno.test("every file of the source is short", async () => {
  for await (const { name } of Deno.readDir(new URL("assembly/", FOLDER))) {
    const lines = (await Deno.readTextFile(new URL(`assembly/${name}`, FOLDER))).split("\n").length;
    assert.ok(lines <= 150, `${name} has ${lines} lines`);
  }
});
