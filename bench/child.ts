// A fresh process for one sample: takes a spec as its only argument, prints one line of JSON.

import type { ChildReport, Sample, SampleSpec } from "./protocol.ts";

function measure(spec: SampleSpec): Promise<Sample> {
  switch (spec.scenario) {
    case "read-random":
      return import("./scenarios/read-random.ts").then((module) => module.readRandom(spec));
    case "read-file":
      return import("./scenarios/read-file.ts").then((module) => module.readFiles(spec));
    case "read-stream":
      return import("./scenarios/read-stream.ts").then((module) => module.readStream(spec));
    case "timer-lag":
      return import("./scenarios/timer-lag.ts").then((module) => module.timerLag(spec));
  }
}

async function report(): Promise<ChildReport> {
  try {
    const spec = JSON.parse(process.argv[2] ?? "null") as SampleSpec;
    // Before anything of the library is loaded.
    const isBare = spec.implementation === "overlapped-without-shim";
    if (isBare) process.env.OVERLAPPED_SHIM = "off";
    if (isBare || spec.implementation === "overlapped-portable") {
      process.env.OVERLAPPED_BACKEND = "portable";
    }
    return { ok: true, sample: await measure(spec) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

process.stdout.write(`${JSON.stringify(await report())}\n`);
