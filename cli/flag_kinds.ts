/**
 * The two kinds of flags: with a value, and on or off. Their complaints have the form of all others.
 *
 * @module
 */

import { text } from "npm:@optique/core@1.3.6/message";
import { multiple, optional, withDefault } from "npm:@optique/core@1.3.6/modifiers";
import { flag, option } from "npm:@optique/core@1.3.6/primitives";
import type { ValueParser } from "npm:@optique/core@1.3.6/valueparser";
import type { FlagName } from "./flag_values.ts";
import { usageMessage } from "./usage_error.ts";

/** A flag that takes a value and may be left out. */
export function withValue<T>(name: FlagName, value: ValueParser<"sync", T>, description: string) {
  return optional(option(name, value, {
    description: [text(description)],
    errors: {
      invalidValue: (error) => error,
      duplicate: usageMessage({ what: name, rule: "given once" }),
      endOfInput: usageMessage({ what: name, rule: `followed by ${value.metavar}` }),
    },
  }));
}

/** A flag that takes a value and may be given any number of times. */
export function withValues<T>(name: FlagName, value: ValueParser<"sync", T>, description: string) {
  return multiple(option(name, value, {
    description: [text(description)],
    errors: {
      invalidValue: (error) => error,
      endOfInput: usageMessage({ what: name, rule: `followed by ${value.metavar}` }),
    },
  }));
}

/** A flag that is there or not. */
export function onOff(name: FlagName, description: string) {
  return withDefault(
    flag(name, {
      description: [text(description)],
      errors: { duplicate: usageMessage({ what: name, rule: "given once" }) },
    }),
    false,
  );
}
