// All mutants. One more is an entry in one of these lists.

import type { Mutant } from "./mutant.ts";
import { WRONG_API } from "./wrong/api.ts";
import { WRONG_MEMORY } from "./wrong/memory.ts";
import { WRONG_OPERATION } from "./wrong/operation.ts";
import { WRONG_SCOPE } from "./wrong/scope.ts";
import { WRONG_URING } from "./wrong/uring.ts";

export const MUTANTS: readonly Mutant[] = [
  ...WRONG_OPERATION,
  ...WRONG_API,
  ...WRONG_SCOPE,
  ...WRONG_URING,
  ...WRONG_MEMORY,
];
