/**
 * The special and added tokens of a CLIP tokenizer: which strings they are, their ids, and where a text holds them.
 * Follows how transformers' `PreTrainedTokenizer.from_pretrained` reads a folder's files.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { JsonObject, TokenizerFiles } from "./tokenizer_files.ts";

/** The roles that CLIP gives a token, each with the token that has it when the files name none. */
const ROLE_DEFAULTS = {
  bos_token: "<|startoftext|>",
  eos_token: "<|endoftext|>",
  unk_token: "<|endoftext|>",
  pad_token: "<|endoftext|>",
} as const;
type Role = keyof typeof ROLE_DEFAULTS;
/** In the order in which transformers gives ids to those that the vocabulary has not got. */
const ROLES = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;

/** The special and added tokens, resolved. */
export interface SpecialTokens {
  readonly bos: string;
  readonly eos: string;
  readonly unk: string;
  readonly pad: string;
  /** Token to id, of all that are matched in a text as a whole. */
  readonly ids: ReadonlyMap<string, number>;
  /** Those of {@linkcode SpecialTokens.ids} that have no role: decoded apart from their neighbours. */
  readonly extra: ReadonlySet<string>;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A token as the files write it: a string, or an object with its `content` and how it takes whitespace. */
function contentOf(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  if (isObject(value) && typeof value.content === "string") {
    if (value.single_word === true) {
      throw new BundleError({
        doing: "read the tokenizer",
        what: `${what}.single_word`,
        rule: "false: Winnow does not match tokens at word boundaries only",
        got: true,
      });
    }
    return value.content;
  }
  throw new BundleError({
    doing: "read the tokenizer",
    what,
    rule: "a token: a string or an object with content",
    got: value,
  });
}

function checkId(id: unknown, what: string): number {
  if (typeof id === "number" && Number.isSafeInteger(id) && id >= 0) return id;
  throw new BundleError({
    doing: "read the tokenizer",
    what,
    rule: "an id: an integer of 0 or more",
    got: id,
  });
}

/** Tokens whose ids the files state: `added_tokens_decoder`, or in older folders `added_tokens.json`. */
function statedIds(files: TokenizerFiles): Map<string, number> {
  const stated = new Map<string, number>();
  const decoder = files.config.added_tokens_decoder;
  if (decoder !== undefined) {
    const what = `${files.folder}/tokenizer_config.json: added_tokens_decoder`;
    if (!isObject(decoder)) {
      throw new BundleError({ doing: "read the tokenizer", what, rule: "an object", got: decoder });
    }
    for (const [id, token] of Object.entries(decoder)) {
      const content = contentOf(token, `${what}.${id}`);
      if (content) stated.set(content, checkId(Number(id), `${what}.${id}`));
    }
  } else {
    for (const [content, id] of Object.entries(files.addedTokens ?? {})) {
      if (content) stated.set(content, checkId(id, `${files.folder}/added_tokens.json: ${content}`));
    }
  }
  return stated;
}

/** Resolves the special and added tokens of a tokenizer's files against its vocabulary. */
export function resolveSpecialTokens(
  files: TokenizerFiles,
  vocabulary: ReadonlyMap<string, number>,
): SpecialTokens {
  const ids = statedIds(files);
  // Where tokenizer_config.json states ids it is complete; else special_tokens_map.json overrides it.
  const overrides = files.config.added_tokens_decoder === undefined ? files.specialTokensMap ?? {} : {};
  const roles = { ...files.config, ...overrides };
  const where = (role: string) =>
    `${files.folder}/${role in overrides ? "special_tokens_map.json" : "tokenizer_config.json"}: ${role}`;
  const role = (name: Role) => contentOf(roles[name], where(name)) ?? ROLE_DEFAULTS[name];
  const named = ROLES.map((name) =>
    name in ROLE_DEFAULTS ? role(name as Role) : contentOf(roles[name], where(name))
  );
  const additional = roles.additional_special_tokens;
  if (Array.isArray(additional)) {
    named.push(...additional.map((token) => contentOf(token, where("additional_special_tokens"))));
  }
  const special = new Set(named.filter((token) => token !== undefined && token !== ""));
  const extra = new Set([...ids.keys()].filter((token) => !special.has(token)));
  let next = new Set([...vocabulary.keys(), ...ids.keys()]).size;
  for (const token of special as Set<string>) {
    if (!ids.has(token)) ids.set(token, vocabulary.get(token) ?? next++);
  }
  const owner = new Map<number, string>();
  for (const [token, id] of ids) {
    const other = owner.get(id);
    if (other !== undefined) {
      throw new BundleError({
        doing: "read the tokenizer",
        what: `the added tokens of ${files.folder}`,
        rule: "of different ids",
        got: `${other} and ${token}, both ${id}`,
      });
    }
    owner.set(id, token);
  }
  return {
    bos: role("bos_token"),
    eos: role("eos_token"),
    unk: role("unk_token"),
    pad: role("pad_token"),
    ids,
    extra,
  };
}

/** Splits a text at the given tokens: leftmost first, of several at one place the longest. Joined again it is the text. */
export function splitAtTokens(text: string, tokens: Iterable<string>): string[] {
  const escaped = [...tokens].sort((a, b) => b.length - a.length).map(RegExp.escape);
  if (escaped.length === 0) return text === "" ? [] : [text];
  return text.split(new RegExp(`(${escaped.join("|")})`, "u")).filter((piece) => piece !== "");
}
