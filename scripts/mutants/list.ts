// All mutants. One more is an entry in one of these lists.

import type { Mutant } from "./mutant.ts";
import { WRONG_API } from "./wrong/api.ts";
import { WRONG_FIELD } from "./wrong/field.ts";
import { WRONG_FILES } from "./wrong/files.ts";
import { WRONG_MEMORY } from "./wrong/memory.ts";
import { WRONG_OPERATION } from "./wrong/operation.ts";
import { WRONG_PORTABLE } from "./wrong/portable.ts";
import { WRONG_SCOPE } from "./wrong/scope.ts";
import { WRONG_SELECT } from "./wrong/select.ts";
import { WRONG_STREAMS } from "./wrong/streams.ts";
import { WRONG_TERMINALS } from "./wrong/terminals.ts";
import { WRONG_THREADS } from "./wrong/threads.ts";
import { WRONG_URING } from "./wrong/uring.ts";
import { WRONG_WITHOUT_SHIM } from "./wrong/without-shim.ts";

export const MUTANTS: readonly Mutant[] = [
  ...WRONG_OPERATION,
  ...WRONG_API,
  ...WRONG_SCOPE,
  ...WRONG_STREAMS,
  ...WRONG_TERMINALS,
  ...WRONG_FILES,
  ...WRONG_URING,
  ...WRONG_SELECT,
  ...WRONG_THREADS,
  ...WRONG_PORTABLE,
  ...WRONG_WITHOUT_SHIM,
  ...WRONG_MEMORY,
  ...WRONG_FIELD,
];
