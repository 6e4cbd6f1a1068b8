// Whatever backend is chosen where io_uring is denied, for the conformance suite: nothing is
// forced.

import { subject as portable } from "../conformance/portable-subject.ts";
import type { Subject } from "../conformance/subject.ts";

// That module asks for it by name, and nobody has chosen yet.
delete process.env.OVERLAPPED_BACKEND;

export const subject: Subject = {
  ...portable,
  name: "what is chosen without io_uring",
  module: new URL(import.meta.url),
};
