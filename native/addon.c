/* Registration: one state for each environment, one cleanup hook, one table of functions. */
#include "check.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

/* Raised whenever a function's arguments or meaning change; `src/kernel/addon.ts` compares. */
enum { ABI_VERSION = 8 };

/* Our code must stay mapped for as long as a thread or a signal may run it, though the environment
 * that loaded it be gone. */
void stay_loaded(void) {
  static _Atomic bool is_done;
  Dl_info info;
  if (is_done || dladdr((void *)&is_done, &info) == 0) return;
  is_done = dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE) != NULL;
}

/* configure(drainMs): how long the end of the environment may wait for completions.
 * Thread: the environment's. Memory: none. At exit: read by the teardown. */
static napi_value configure(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  UINT32(drain_ms, 0);
  state->drain_ms = drain_ms;
  return NULL;
}

static napi_value set_function(napi_env env, napi_value exports, const char *name,
                               napi_callback function, struct state *state) {
  napi_value value;
  CHECK(napi_create_function(env, name, NAPI_AUTO_LENGTH, function, state, &value));
  CHECK(napi_set_named_property(env, exports, name, value));
  return value;
}

/* An object with the functions of one file. */
static napi_value set_functions(napi_env env, napi_value exports, const char *name,
                                const struct function *functions, struct state *state) {
  napi_value object;
  CHECK(napi_create_object(env, &object));
  for (; functions->name != NULL; functions++) {
    if (!set_function(env, object, functions->name, functions->call, state)) return NULL;
  }
  CHECK(napi_set_named_property(env, exports, name, object));
  return object;
}

static napi_value set_table(napi_env env, napi_value exports, const char *name, uint32_t *words,
                            size_t count) {
  napi_value buffer;
  /* No finalizer: the teardown unmaps it, when JavaScript runs no more. */
  CHECK(napi_create_external_arraybuffer(env, words, count * sizeof *words, NULL, NULL, &buffer));
  CHECK(napi_set_named_property(env, exports, name, buffer));
  return buffer;
}

/* Thread: the environment's. Memory: the state lives until the hook has run and the last block has
 * gone. */
NAPI_MODULE_INIT() {
  struct state *state = calloc(1, sizeof *state);
  REQUIRE(state != NULL);
  state->env = env;
  state->drain_ms = 1000;
  state->mounts = -1;
  if (!memory_state_init(state) || napi_get_uv_event_loop(env, &state->loop) != napi_ok ||
      napi_add_async_cleanup_hook(env, teardown_begin, state, &state->hook) != napi_ok) {
    memory_state_end(state, true);
    memory_state_free(state);
    return fail(env, "Cannot set up the environment's state", napi_generic_failure);
  }
  const struct function functions[] = {
      {"setup", ring_setup},         {"enter", ring_enter},
      {"register", ring_register},   {"closeRing", ring_close},
      {"seekable", descriptor_seekable},
      {"waitsInside", descriptor_waits_inside},
      {"opensWaitInside", mounts_opens_wait},
      {"watch", watch_start},        {"hold", watch_hold},
      {"allocate", memory_allocate}, {"wrap", memory_wrap},
      {"detach", memory_detach},     {"counters", memory_counters},
      {"roster", memory_roster},     {"configure", configure},
      {"openCalls", calls_open},     {"call", calls_call},
      {"cancelCall", calls_cancel},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    if (!set_function(env, exports, functions[i].name, functions[i].call, state)) return NULL;
  }
  if (!set_functions(env, exports, "descriptorCalls", descriptor_functions, state)) return NULL;
  if (!set_functions(env, exports, "readinessCalls", readiness_functions, state)) return NULL;
  if (!set_functions(env, exports, "terminalCalls", terminal_functions, state)) return NULL;
  if (!set_table(env, exports, "ledger", state->ledger, BLOCKS_MAX)) return NULL;
  if (!set_table(env, exports, "descriptors", state->descriptors, DESCRIPTORS_WORDS)) return NULL;
  napi_value version, page;
  CHECK(napi_create_uint32(env, ABI_VERSION, &version));
  CHECK(napi_set_named_property(env, exports, "abiVersion", version));
  CHECK(napi_create_uint32(env, (uint32_t)sysconf(_SC_PAGESIZE), &page));
  CHECK(napi_set_named_property(env, exports, "pageSize", page));
  return exports;
}
