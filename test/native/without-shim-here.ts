// Tests of what is done without the shim import this before anything is asked of the library, and
// hand this to their children.

export const WITHOUT_SHIM: Readonly<Record<string, string>> = {
  OVERLAPPED_SHIM: "off",
  OVERLAPPED_BACKEND: "",
};

Object.assign(process.env, WITHOUT_SHIM);
