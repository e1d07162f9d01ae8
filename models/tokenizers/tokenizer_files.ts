/** What a tokenizer's folder holds, as read. @module */

/** An object as JSON has it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The contents of a CLIP tokenizer's folder. */
export interface TokenizerFiles {
  /** The folder's name or path, for messages. */
  readonly folder: string;
  /** `vocab.json`, parsed: token to id. Needed together with `merges`, unless there is a `tokenizerJson`. */
  readonly vocabulary?: unknown;
  /** The text of `merges.txt`: a header line, then one merge a line, the most frequent first. */
  readonly merges?: string;
  /** `tokenizer_config.json`, parsed. */
  readonly config: JsonObject;
  /** `special_tokens_map.json`, parsed. */
  readonly specialTokensMap?: JsonObject;
  /** `added_tokens.json`, parsed: token to id, in folders older than `added_tokens_decoder`. */
  readonly addedTokens?: JsonObject;
  /** `tokenizer.json`, parsed: used where `vocabulary` or `merges` is absent. */
  readonly tokenizerJson?: unknown;
  /** How many tokens the encoder has positions for; the length where `tokenizer_config.json` does not say it. */
  readonly positions?: number;
}
