/**
 * Compiles the WebAssembly kernel from its AssemblyScript, for `deno task build-simd`.
 *
 * The source has the ending .as, since to Deno, and to what checks the library's TypeScript, it is none.
 *
 * @module
 */
import asc from "npm:assemblyscript@0.28.20/asc";

const SOURCE = new URL("./assembly/", import.meta.url);
const BYTES = new URL("./simd_kernel_bytes.ts", import.meta.url);

const OPTIONS = [
  "-O3",
  "--converge",
  "--noAssert",
  // what JavaScript cannot pass is passed inside alone
  ...["--disableWarning", "112"],
  ...["--runtime", "stub"],
  // all memory is the caller's, and comes from without
  "--importMemory",
  "--sharedMemory",
  ...["--initialMemory", "1", "--maximumMemory", "65536"],
  ...["--memoryBase", "0", "--stackSize", "0"],
  ...["--enable", "simd", "--enable", "threads"],
];

/** The compiled module. */
export async function compiledKernel(): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  const { error, stderr } = await asc.main(["attend.ts", "--outFile", "kernel.wasm", ...OPTIONS], {
    readFile: async (name) => {
      try {
        return await Deno.readTextFile(new URL(name.replace(/\.ts$/, ".as"), SOURCE));
      } catch {
        return null;
      }
    },
    writeFile: (_, contents) => {
      if (typeof contents !== "string") bytes = contents;
    },
    listFiles: () => [],
  });
  if (error || !bytes) throw new Error(`${error?.message}\n${stderr.toString()}`);
  return bytes;
}

/** The file that holds a module, as `deno fmt` leaves it. */
export function bytesFile(module: Uint8Array): string {
  const text = btoa(String.fromCharCode(...module));
  return `/**
 * The WebAssembly kernel, made from \`assembly/\` by \`deno task build-simd\`.
 *
 * @module
 */

/** The module, in base64. */
export const SIMD_KERNEL_BYTES =
  "${text}";
`;
}

if (import.meta.main) await Deno.writeTextFile(BYTES, bytesFile(await compiledKernel()));
