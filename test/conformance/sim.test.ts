// Goal: the simulated kernel keeps every promise, as the real one does, and so can stand in for it;
// and what a backend has to hide from those above it, they do not notice.
// Method: the conformance suite, once on a kernel that answers promptly and in order, and on some
// that answer in any order and play every trick that is a backend's to hide.

import { HIDDEN_FAULTS } from "../../src/backend/sim/faults.ts";
import { DrawnSchedule } from "../../src/backend/sim/schedule.ts";
import { Prng } from "../../src/base/prng.ts";
import { simSubject } from "./sim-subject.ts";
import { conformance } from "./suite.ts";

const SEEDS = [1, 2];

conformance(simSubject({ name: "the simulated kernel" }), false);

for (const seed of SEEDS) {
  const rates = Object.fromEntries(HIDDEN_FAULTS.map((fault) => [fault, 0.3]));
  const schedule = new DrawnSchedule(new Prng(seed), 0.7);
  const bounds = { submissionsMax: 3, completionsMax: 2 };
  const name = `a simulated kernel with tricks, seed ${seed}`;
  conformance(simSubject({ name, seed, rates, schedule, bounds }), false);
}
