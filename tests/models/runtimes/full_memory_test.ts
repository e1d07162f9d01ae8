/** Memory that never grows: what is asked for, what a system without as much gives, and what a library makes. */
import assert from "node:assert/strict";
import { fullMemory, withFullMemory } from "../../../models/runtimes/full_memory.ts";

const PAGE = 65_536;
const pages = ({ buffer }: WebAssembly.Memory) => buffer.byteLength / PAGE;

/** A system that gives up to so many pages. */
function upTo(most: number): typeof WebAssembly.Memory {
  return class extends WebAssembly.Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if (descriptor.initial > most) throw new RangeError("could not allocate memory");
      super(descriptor);
    }
  };
}

Deno.test("fullMemory: as much as may be, and at least what is asked for", () => {
  assert.equal(pages(fullMemory({ initial: 1, maximum: 65_536, shared: true })), 65_535);
  assert.equal(pages(fullMemory({ initial: 1, maximum: 16_384, shared: true })), 16_384);
  assert.equal(pages(fullMemory({ initial: 3, maximum: 100, shared: true })), 3);
  assert.equal(pages(fullMemory({ initial: 1, maximum: 65_536, shared: true }, upTo(20_000))), 16_384);
  assert.equal(pages(fullMemory({ initial: 1, maximum: 65_536, shared: true }, upTo(10))), 1);
  assert.throws(() => fullMemory({ initial: 11, maximum: 12, shared: true }, upTo(10)), RangeError);
});

Deno.test("withFullMemory: shared memories made meanwhile are full, others are as asked for, and then all are", async () => {
  const { Memory } = WebAssembly;
  const made = await withFullMemory(() => {
    const shared = new WebAssembly.Memory({ initial: 256, maximum: 65_536, shared: true });
    assert.ok(shared instanceof WebAssembly.Memory && shared instanceof Memory);
    return Promise.resolve([shared, new WebAssembly.Memory({ initial: 2, maximum: 10 })]);
  });
  assert.deepEqual(made.map(pages), [65_535, 2]);
  assert.equal(WebAssembly.Memory, Memory);
  await assert.rejects(withFullMemory(() => Promise.reject(new Error("no"))), /no/);
  assert.equal(WebAssembly.Memory, Memory);
});
