/** Reads the golden tensors under tests/fixtures: `goldens.json` says where in `goldens.bin` each tensor lies. */
import { dirname, fromFileUrl, join } from "npm:deno-std@1.4.0/path/mod.js";

const FIXTURES = join(dirname(dirname(fromFileUrl(import.meta.url))), "fixtures");

export interface GoldenTensor {
  readonly dtype: "float32" | "int64" | "uint8";
  readonly shape: number[];
  readonly data: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
}

interface Entry {
  dtype: "f32" | "i64" | "u8";
  shape: number[];
  file: string;
  offset: number;
}

const ELEMENT_BYTES = { f32: 4, i64: 8, u8: 1 } as const;

export interface Goldens {
  readonly folder: string;
  // deno-lint-ignore no-explicit-any
  readonly meta: any;
  // deno-lint-ignore no-explicit-any
  readonly recipes: Record<string, { settings: any; sensitivity?: any; tensors: Record<string, Entry> }>;
  tensor(recipe: string, name: string): GoldenTensor;
  floats(recipe: string, name: string): Float32Array<ArrayBuffer>;
  bytes(recipe: string, name: string): Uint8Array<ArrayBuffer>;
}

/** The absolute path of a folder or file under tests/fixtures. */
export function fixture(...parts: string[]): string {
  return join(FIXTURES, ...parts);
}

export function loadGoldens(folder: string): Goldens {
  const { meta, recipes } = JSON.parse(Deno.readTextFileSync(fixture(folder, "goldens.json")));
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  function tensor(recipe: string, name: string): GoldenTensor {
    const entry: Entry | undefined = recipes[recipe]?.tensors[name];
    if (!entry) throw new Error(`no golden tensor ${folder}/${recipe}/${name}`);
    let bytes = files.get(entry.file);
    if (!bytes) files.set(entry.file, bytes = Deno.readFileSync(fixture(folder, entry.file)));
    const count = entry.shape.reduce((a, b) => a * b, 1);
    const size = count * ELEMENT_BYTES[entry.dtype];
    const copy = bytes.slice(entry.offset, entry.offset + size).buffer;
    switch (entry.dtype) {
      case "f32":
        return { dtype: "float32", shape: entry.shape, data: new Float32Array(copy) };
      case "i64":
        return { dtype: "int64", shape: entry.shape, data: new BigInt64Array(copy) };
      case "u8":
        return { dtype: "uint8", shape: entry.shape, data: new Uint8Array(copy) };
    }
  }
  return {
    folder: fixture(folder),
    meta,
    recipes,
    tensor,
    floats(recipe, name) {
      const { data } = tensor(recipe, name);
      if (!(data instanceof Float32Array)) {
        throw new Error(`golden ${folder}/${recipe}/${name} is not float32`);
      }
      return data;
    },
    bytes(recipe, name) {
      const { data } = tensor(recipe, name);
      if (!(data instanceof Uint8Array)) throw new Error(`golden ${folder}/${recipe}/${name} is not uint8`);
      return data;
    },
  };
}

/** ‖a − b‖₂ / ‖b‖₂, in float64; NaN in either gives NaN, so that a comparison with it fails. */
export function relativeL2(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let difference = 0, norm = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** max |a − b|; NaN in either gives NaN. */
export function maxAbs(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    if (!(d <= worst)) worst = d;
  }
  return worst;
}
