/** What can be read off WGSL without compiling it. */

/** Bytes of the element types that kernels keep in workgroup memory. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  "f32": 4,
  "u32": 4,
  "vec2<f32>": 8,
  "vec4<f32>": 16,
};

/** Workgroup memory as devices count it: each variable rounded up to 16 bytes. */
export function workgroupBytes(wgsl: string): number {
  const declared = wgsl.match(/var<workgroup>/g)?.length ?? 0;
  const found = [...wgsl.matchAll(/var<workgroup> \w+: array<([\w<>]+), (\d+)>;/g)];
  if (found.length !== declared) {
    throw new Error(`${declared - found.length} declarations were not understood`);
  }
  return found.reduce((sum, [, type, length]) => {
    if (!(type in ELEMENT_BYTES)) throw new Error(`${type} was not understood`);
    return sum + Math.ceil(ELEMENT_BYTES[type] * Number(length) / 16) * 16;
  }, 0);
}

/** What all invocations of a workgroup must reach together. */
const TOGETHER = /\b(workgroupBarrier|workgroupUniformLoad|subgroup\w+|join_\w+|score_block)\(/;

/**
 * The heads of the blocks around each call that all invocations of a workgroup must reach together, functions left out:
 * `if (…)`, `for (…)`, or nothing for a bare block.
 */
export function headsAroundBarriers(wgsl: string): Set<string> {
  const heads: string[] = [], around = new Set<string>();
  let text = "";
  for (let i = 0, round = 0; i < wgsl.length; i++) {
    const letter = wgsl[i];
    if (letter === "(") round++;
    if (letter === ")") round--;
    if (letter === "{") heads.push(text.trim());
    if (letter === "}") heads.pop();
    const ends = letter === "{" || letter === "}" || (letter === ";" && round === 0);
    text = ends ? "" : text + letter;
    if (letter === "(" && TOGETHER.test(text) && !/^\s*fn /.test(text)) {
      for (const head of heads) if (!/\bfn /.test(head)) around.add(head);
    }
  }
  return around;
}
