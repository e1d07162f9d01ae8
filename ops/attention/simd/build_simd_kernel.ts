/**
 * Builds the CPU kernel from its source in assembly/: `deno task simd`.
 *
 * @module
 */
import asc from "npm:assemblyscript@0.28.20/asc";

const HERE = new URL(".", import.meta.url);

/** The module from `KERNEL_BYTES` on is the caller's; shared, so that several threads compute in it. */
const OPTIONS = [
  ..."-O3 --noAssert --runtime stub --enable simd --enable threads".split(" "),
  ..."--importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536 --memoryBase 512".split(" "),
];

/**
 * Compiles the source.
 *
 * @throws {Error} with the compiler's messages.
 */
export async function buildSimdKernel(): Promise<Uint8Array> {
  let built: Uint8Array | undefined;
  const { error, stderr } = await asc.main(["attend.ts", "--outFile", "attend.wasm", ...OPTIONS], {
    // to Deno a file that ends in .ts would be TypeScript
    readFile: (name: string) =>
      Deno.readTextFile(new URL(`assembly/${name.replace(/ts$/, "as")}`, HERE)).catch(() => null),
    writeFile: (_: string, contents: string | Uint8Array) => {
      built = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !built) throw new Error(`Cannot build the kernel: ${stderr}`, { cause: error });
  return built;
}

/** The module that carries the kernel. */
export function bytesModule(kernel: Uint8Array): string {
  return `/** The CPU kernel, made by \`deno task simd\` from assembly/. */\nexport const SIMD_KERNEL =\n  "${kernel.toBase64()}";\n`;
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("simd_kernel_bytes.ts", HERE), bytesModule(await buildSimdKernel()));
}
