/* Wakes Node's loop when a ring has completions: uv_poll on the ring's descriptor. */
#include "check.h"

#include <stdlib.h>

static void on_closed(uv_handle_t *handle) {
  struct watch *watch = handle->data;
  struct state *state = watch->state;
  for (unsigned i = 0; i < RINGS_MAX; i++) {
    if (state->watches[i] == watch) state->watches[i] = NULL;
  }
  free(watch);
  teardown_handle_closed(state);
}

/* Thread: the loop's. The environment may be ending (another hook of it runs the loop), when no
 * JavaScript can be called: then the teardown reads what is here. */
static void on_readable(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  struct watch *watch = poll->data;
  napi_env env = watch->state->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback, receiver;
  napi_status called = napi_get_reference_value(env, watch->callback, &callback);
  if (called == napi_ok) called = napi_get_undefined(env, &receiver);
  /* napi_make_callback wants an object to call on; the function itself serves. */
  if (called == napi_ok) {
    called = napi_make_callback(env, watch->context, callback, callback, 0, NULL, NULL);
  }
  if (called == napi_pending_exception) {
    napi_value error;
    bool is_pending = false;
    if (napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending &&
        napi_get_and_clear_last_exception(env, &error) == napi_ok &&
        napi_fatal_exception(env, error) != napi_ok) {
      uv_poll_stop(poll); /* The environment is ending. */
    }
  } else if (called != napi_ok) {
    uv_poll_stop(poll);
  }
  if (napi_close_handle_scope(env, scope) != napi_ok) uv_poll_stop(poll);
}

/* watch(ring, callback): calls back on each turn of the loop in which completions wait. Starts
 * without holding the loop open; see `hold`.
 * Thread: the environment's. Memory: the watch frees itself when closed. At exit: the teardown
 * closes it before anything else, since a watch that is left open with a completion unread crashes
 * Node's own cleanup. */
napi_value watch_start(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  RING(ring, 0);
  REQUIRE(state->watches[ring_index] == NULL);
  napi_valuetype type;
  CHECK(napi_typeof(env, arguments[1], &type));
  REQUIRE(type == napi_function);
  napi_value name;
  CHECK(napi_create_string_utf8(env, "overlapped.ring", NAPI_AUTO_LENGTH, &name));
  struct watch *watch = calloc(1, sizeof *watch);
  REQUIRE(watch != NULL);
  napi_status status = napi_create_reference(env, arguments[1], 1, &watch->callback);
  if (status == napi_ok) status = napi_async_init(env, NULL, name, &watch->context);
  if (status != napi_ok) {
    free(watch);
    return fail(env, "watch", status);
  }
  watch->state = state;
  watch->poll.data = watch;
  int error = uv_poll_init(state->loop, &watch->poll, ring->fd);
  if (error == 0) {
    state->watches[ring_index] = watch;
    uv_unref((uv_handle_t *)&watch->poll);
    error = uv_poll_start(&watch->poll, UV_READABLE, on_readable);
    if (error != 0) watch_close(state, ring_index);
  } else {
    free(watch);
  }
  REQUIRE(error == 0);
  return NULL;
}

/* hold(ring, isHeld): whether the watch keeps the loop, and so the process, alive.
 * Thread: the environment's. Memory: none. At exit: nothing. */
napi_value watch_hold(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  UINT32(ring_index, 0);
  REQUIRE(ring_index < RINGS_MAX && state->watches[ring_index] != NULL);
  bool is_held = false;
  CHECK(napi_get_value_bool(env, arguments[1], &is_held));
  uv_handle_t *handle = (uv_handle_t *)&state->watches[ring_index]->poll;
  if (is_held) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
  return NULL;
}

/* The poll handle leaves epoll at once; its memory goes when the loop has turned. */
void watch_close(struct state *state, unsigned index) {
  struct watch *watch = state->watches[index];
  if (watch == NULL || uv_is_closing((uv_handle_t *)&watch->poll)) return;
  if (napi_delete_reference(state->env, watch->callback) == napi_ok) watch->callback = NULL;
  if (napi_async_destroy(state->env, watch->context) == napi_ok) watch->context = NULL;
  uv_poll_stop(&watch->poll);
  uv_close((uv_handle_t *)&watch->poll, on_closed);
}
