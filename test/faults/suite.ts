// All faults, on one backend.

import { ends } from "./ends.ts";
import { errors } from "./errors.ts";
import { frozenDisks } from "./frozen.ts";
import { fullDisks } from "./full.ts";
import { hangs } from "./hang.ts";
import { limits } from "./limits.ts";
import { manners } from "./manners.ts";
import { masses } from "./masses.ts";
import { noServer } from "./served.ts";
import { choose, type Variant } from "./variant.ts";

export async function faults(variant: Variant): Promise<void> {
  const noBackend = choose(variant);
  const skip = noBackend === false ? await noServer() : noBackend;
  hangs(variant, skip);
  ends(variant, skip);
  errors(variant, skip);
  fullDisks(variant, noBackend);
  frozenDisks(variant, noBackend);
  limits(variant, noBackend);
  manners(variant, noBackend);
  masses(variant, noBackend);
}
