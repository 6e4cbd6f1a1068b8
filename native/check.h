/* Status checks and argument readers. Each returns NULL from the calling function with a JavaScript
 * exception pending. A pending exception is left as it is: in an environment that is ending, the
 * reason that is already there is the better one. */
#ifndef OVERLAPPED_CHECK_H
#define OVERLAPPED_CHECK_H

#include "state.h"

static inline napi_value fail(napi_env env, const char *what, napi_status status) {
  bool is_pending = false;
  if (napi_is_exception_pending(env, &is_pending) == napi_ok && !is_pending) {
    /* The one status that a caller can do something about: Electron forbids external memory. */
    const char *code = status == napi_no_external_buffers_allowed ? "ERR_NO_EXTERNAL_MEMORY"
                                                                  : "ERR_OVERLAPPED_NATIVE";
    if (napi_throw_error(env, code, what) != napi_ok) return NULL;
  }
  return NULL;
}

#define CHECK(call)                                                  \
  do {                                                               \
    napi_status check_status = (call);                               \
    if (check_status != napi_ok) return fail(env, #call, check_status); \
  } while (0)

#define REQUIRE(condition)                                             \
  do {                                                                 \
    if (!(condition)) return fail(env, "Not so: " #condition, napi_invalid_arg); \
  } while (0)

static inline napi_value answer(napi_env env, int32_t number) {
  napi_value result;
  CHECK(napi_create_int32(env, number, &result));
  return result;
}

/* Reads exactly `count` arguments and the environment's state. */
#define ARGUMENTS(count)                                              \
  napi_value arguments[count];                                        \
  struct state *state = NULL;                                         \
  do {                                                                \
    size_t given = (count);                                           \
    CHECK(napi_get_cb_info(env, info, &given, arguments, NULL, (void **)&state)); \
    REQUIRE(given >= (count));                                        \
    REQUIRE(!state->is_ended);                                        \
  } while (0)

#define NO_ARGUMENTS                                                          \
  struct state *state = NULL;                                               \
  do {                                                                      \
    CHECK(napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&state));  \
    REQUIRE(!state->is_ended);                                              \
  } while (0)

#define UINT32(name, index) \
  uint32_t name = 0;        \
  CHECK(napi_get_value_uint32(env, arguments[index], &name))

#define INT32(name, index) \
  int32_t name = 0;        \
  CHECK(napi_get_value_int32(env, arguments[index], &name))

#define BOOL(name, index) \
  bool name = false;      \
  CHECK(napi_get_value_bool(env, arguments[index], &name))

#define RING(name, index)                             \
  UINT32(name##_index, index);                        \
  REQUIRE(name##_index < RINGS_MAX);                  \
  struct ring *name = &state->rings[name##_index];    \
  REQUIRE(name->is_open)

#endif
