/** Which pictures an evaluation makes. */
import assert from "node:assert/strict";
import { DomainError } from "../../errors.ts";
import { DIVERSITY_SEEDS, evaluationScenes, pictureJobs } from "../../evaluation/picture_jobs.ts";
import { SCENE_KINDS } from "../../evaluation/scene.ts";
import { readCaption } from "../../evaluation/world/read_caption.ts";

Deno.test("evaluationScenes(): kinds take turns, more scenes begin with the same ones, the seed decides", () => {
  const scenes = evaluationScenes({ prompts: 40, seed: 5 });
  const counts = SCENE_KINDS.map((kind) => scenes.filter((scene) => scene.kind === kind).length);
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join());
  assert.deepEqual(evaluationScenes({ prompts: 90, seed: 5 }).slice(0, 40), scenes);
  assert.notDeepEqual(evaluationScenes({ prompts: 40, seed: 6 }), scenes);
  for (const scene of scenes) assert.deepEqual(readCaption(scene.caption), scene);
  const first = evaluationScenes({ prompts: 9, grammar: "first" }).map(({ kind }) => kind);
  assert.deepEqual(first.filter((kind) => kind === "one").length, 5);
  const some = evaluationScenes({ prompts: 4, kinds: ["tints", "four", "tints"] }).map(({ kind }) => kind);
  assert.deepEqual(some, ["tints", "four", "tints", "four"]);
});

Deno.test("evaluationScenes() says what is wrong", () => {
  for (const prompts of [0, -1, 1.5, NaN, 1e7]) {
    assert.throws(() => evaluationScenes({ prompts }), /prompts must be a whole number from 1/);
  }
  assert.throws(() => evaluationScenes({ grammar: "first", kinds: ["three"] }), DomainError);
  assert.throws(() => evaluationScenes({ kinds: [] }), /kinds must be some of/);
  assert.throws(() => evaluationScenes({ seed: 0.5 }), /seed must be/);
});

Deno.test("pictureJobs(): every setting has the same scenes and seeds, and no two pictures of one share a file or a seed", () => {
  const jobs = pictureJobs(3, 20, 7, 4);
  assert.equal(jobs.length, 3 * (20 + 4 * (DIVERSITY_SEEDS - 1)));
  assert.equal(new Set(jobs.map(({ image }) => image)).size, jobs.length);
  const of = (setting: number) =>
    jobs.filter((job) => job.setting === setting).map(({ index, repeat, seed }) => ({ index, repeat, seed }));
  assert.deepEqual(of(1), of(0));
  assert.deepEqual(of(2), of(0));
  // torch's generator takes seeds modulo 2^32
  assert.equal(new Set(of(0).map(({ seed }) => seed % 2 ** 32)).size, of(0).length);
  assert.deepEqual(of(0).slice(0, 20).map(({ seed }) => seed), Array.from({ length: 20 }, (_, i) => 7 + i));
  assert.equal(jobs[0].image, "01/0001.png");
  assert.equal(jobs.at(-1)?.image, "03/0004-4.png");
  assert.equal(pictureJobs(1, 2, 0, 8).length, 8, "no more scenes than there are");
  assert.equal(pictureJobs(2, 5, 0, 0).length, 10);
});
