/* Wakes Node's loop when descriptors become ready: one epoll instance, itself watched by uv_poll.
 * (uv_poll on a descriptor of somebody else's would set O_NONBLOCK on an open file that others
 * share.) It tells of changes only, so that what is ready and of no use wakes nobody again. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256 };

/* It outlives the environment's JavaScript until uv_close answers. */
struct readiness {
  uv_poll_t poll;
  struct state *state;
  int epoll;
  napi_ref callback;
  napi_ref ready;
  napi_async_context context;
};

/* What the kernel knows by itself. A server, such as that of NFS, may not answer, and whoever asks
 * here may be the environment's thread. */
static bool look_at(int at, const char *path, struct statx *status) {
  const int flags = AT_EMPTY_PATH | AT_NO_AUTOMOUNT;
  const unsigned mask = STATX_TYPE | STATX_SIZE;
  if (statx(at, path, flags | AT_STATX_DONT_SYNC, mask, status) == 0) return true;
  struct stat plain;
  if (fstatat(at, path, &plain, flags) != 0) return false;
  status->stx_mode = (uint16_t)plain.st_mode;
  status->stx_size = (uint64_t)plain.st_size;
  status->stx_dev_major = major(plain.st_dev);
  status->stx_dev_minor = minor(plain.st_dev);
  return true;
}

static bool is_on(const char *directory, const struct statx *file) {
  struct statx status;
  return look_at(AT_FDCWD, directory, &status) && status.stx_dev_major == file->stx_dev_major &&
         status.stx_dev_minor == file->stx_dev_minor;
}

/* /proc/kmsg, trace_pipe and their likes call themselves files, and wait for what the kernel has to
 * say. One that cannot wait is always ready for everything. Only file systems of the kernel's own
 * are asked: others may poll as well, and then read for as long as they like. */
static bool is_kernel_pipe(int fd, const struct statx *status) {
  struct pollfd polled = {.fd = fd, .events = POLLIN | POLLOUT};
  if (status->stx_size != 0 || status->stx_dev_major != 0) return false;
  bool is_kernels = is_on("/proc", status) || is_on("/sys/kernel/tracing", status) ||
                    is_on("/sys/kernel/debug/tracing", status);
  return is_kernels && poll(&polled, 1, 0) >= 0 && (polled.revents & POLLOUT) == 0;
}

/* Whether reads and writes may wait, and epoll can tell how long. What can be waited for is neither
 * a file nor a directory, though files of some file systems can be polled; see above. */
bool descriptor_can_wait(int fd) {
  struct statx status;
  if (!look_at(fd, "", &status)) return false;
  if (S_ISREG(status.stx_mode)) return is_kernel_pipe(fd, &status);
  if (S_ISDIR(status.stx_mode) || S_ISBLK(status.stx_mode)) return false;
  if (S_ISFIFO(status.stx_mode) || S_ISSOCK(status.stx_mode)) return true;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return isatty(fd);
  struct epoll_event event = {.events = EPOLLIN};
  bool is_pollable = epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
  close(epoll);
  return is_pollable;
}

/* Fills the array with descriptors; returns how many. */
static uint32_t collect(const struct readiness *it, int32_t *ready, size_t length) {
  struct epoll_event events[EVENTS_AT_ONCE];
  int most = length < EVENTS_AT_ONCE ? (int)length : EVENTS_AT_ONCE;
  int count = epoll_wait(it->epoll, events, most, 0);
  for (int i = 0; i < count; i++) ready[i] = events[i].data.fd;
  return count < 0 ? 0 : (uint32_t)count;
}

/* False if the environment is ending, when no JavaScript can be called. */
static bool deliver(const struct readiness *it, napi_env env) {
  napi_value callback, ready, count;
  int32_t *descriptors = NULL;
  size_t length = 0;
  napi_typedarray_type type;
  if (napi_get_reference_value(env, it->callback, &callback) != napi_ok ||
      napi_get_reference_value(env, it->ready, &ready) != napi_ok ||
      napi_get_typedarray_info(env, ready, &type, &length, (void **)&descriptors, NULL, NULL) !=
          napi_ok) {
    return false;
  }
  uint32_t found = collect(it, descriptors, length);
  if (found == 0) return true;
  if (napi_create_uint32(env, found, &count) != napi_ok) return false;
  napi_status called = napi_make_callback(env, it->context, callback, callback, 1, &count, NULL);
  napi_value error;
  if (called == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok) {
    called = napi_fatal_exception(env, error);
  }
  return called == napi_ok;
}

/* Thread: the loop's. */
static void on_ready(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  const struct readiness *it = poll->data;
  napi_env env = it->state->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  bool is_alive = deliver(it, env);
  if (napi_close_handle_scope(env, scope) != napi_ok || !is_alive) uv_poll_stop(poll);
}

static void on_closed(uv_handle_t *handle) {
  struct readiness *it = handle->data;
  struct state *state = it->state;
  close(it->epoll);
  free(it);
  state->readiness = NULL;
  teardown_handle_closed(state);
}

/* Starts to close the handle; true if there is one, whose end `teardown_handle_closed` is told. */
bool readiness_close(struct state *state) {
  struct readiness *it = state->readiness;
  if (it == NULL) return false;
  if (napi_delete_reference(state->env, it->callback) == napi_ok) it->callback = NULL;
  if (napi_delete_reference(state->env, it->ready) == napi_ok) it->ready = NULL;
  if (napi_async_destroy(state->env, it->context) == napi_ok) it->context = NULL;
  uv_poll_stop(&it->poll);
  uv_close((uv_handle_t *)&it->poll, on_closed);
  return true;
}

/* open(callback, ready: Int32Array) → 0, or a negative errno. `callback(count)` is called when so
 * many descriptors in `ready` have become ready. Once for each environment.
 * Thread: the environment's. Memory: both are referenced. At exit: closed by the teardown. */
static napi_value open_readiness(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  REQUIRE(state->readiness == NULL);
  napi_valuetype type;
  napi_typedarray_type array;
  CHECK(napi_typeof(env, arguments[0], &type));
  CHECK(napi_get_typedarray_info(env, arguments[1], &array, NULL, NULL, NULL, NULL));
  REQUIRE(type == napi_function && array == napi_int32_array);
  napi_value name;
  CHECK(napi_create_string_utf8(env, "overlapped.readiness", NAPI_AUTO_LENGTH, &name));
  struct readiness *it = calloc(1, sizeof *it);
  if (it == NULL) return answer(env, -ENOMEM);
  it->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (it->epoll < 0) {
    int error = errno;
    free(it);
    return answer(env, -error);
  }
  napi_status status = napi_create_reference(env, arguments[0], 1, &it->callback);
  if (status == napi_ok) status = napi_create_reference(env, arguments[1], 1, &it->ready);
  if (status == napi_ok) status = napi_async_init(env, NULL, name, &it->context);
  if (status != napi_ok || uv_poll_init(state->loop, &it->poll, it->epoll) != 0) {
    close(it->epoll);
    free(it);
    return fail(env, "readiness", status);
  }
  it->poll.data = it;
  it->state = state;
  state->readiness = it;
  uv_unref((uv_handle_t *)&it->poll);
  return answer(env, uv_poll_start(&it->poll, UV_READABLE, on_ready));
}

/* watch(fd, events) → 0, or a negative errno; no events to watch it no more.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value watch(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(fd, 0);
  UINT32(events, 1);
  REQUIRE(state->readiness != NULL);
  int epoll = state->readiness->epoll;
  struct epoll_event event = {.events = events | EPOLLET, .data.fd = fd};
  int done = epoll_ctl(epoll, events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, fd, &event);
  if (done < 0 && errno == ENOENT && events != 0) {
    done = epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  return answer(env, done < 0 ? -errno : 0);
}

/* hold(isHeld): whether the readiness keeps the loop, and so the process, alive.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value hold(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  BOOL(is_held, 0);
  REQUIRE(state->readiness != NULL);
  uv_handle_t *handle = (uv_handle_t *)&state->readiness->poll;
  if (is_held) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
  return NULL;
}

/* A file whose bytes may be in memory. With O_DIRECT they come from the disk in any case. */
static bool is_cached(int fd) {
  struct statx status;
  int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_DIRECT) == 0 && look_at(fd, "", &status) &&
         S_ISREG(status.stx_mode);
}

/* sort(fd) → 0 for what never waits; -1 for a file that is read through the page cache; 1 for an
 * open file that is ours and has O_NONBLOCK, 2 for a socket, 3 for anything else that may wait.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value sort(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  if (!descriptor_can_wait(fd)) return answer(env, is_cached(fd) ? -1 : 0);
  bool is_private = fd < DESCRIPTORS_MAX && state->descriptors[fd] == DESCRIPTOR_PRIVATE;
  if (is_private && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0) return answer(env, 1);
  int mode = descriptor_mode(fd);
  return answer(env, mode >= 0 && S_ISSOCK(mode) ? 2 : 3);
}

/* poll(fd, events) → those that are ready now, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value poll_now(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(fd, 0);
  UINT32(events, 1);
  (void)state;
  struct pollfd polled = {.fd = fd, .events = (short)events};
  if (poll(&polled, 1, 0) < 0) return answer(env, errno == EINTR ? 0 : -errno);
  return answer(env, (polled.revents & POLLNVAL) != 0 ? -EBADF : polled.revents);
}

/* openAnew(fd) → a descriptor of the same pipe or terminal whose open file is ours alone and has
 * O_NONBLOCK, or a negative errno: ENOTSUP of anything else, since to open it anew means something.
 * Thread: the environment's. Memory: none. At exit: closed. */
static napi_value open_anew(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  unsigned number = 0;
  int mode = descriptor_mode(fd);
  if (mode < 0) return answer(env, -errno);
  bool is_controller = isatty(fd) && ioctl(fd, TIOCGPTN, &number) == 0;
  bool is_terminal = isatty(fd) && !is_controller;
  if (!S_ISFIFO(mode) && !is_terminal) return answer(env, -ENOTSUP);
  return answer(env, descriptor_own_private(state, descriptor_open_anew(fd)));
}

/* keepPrivate(fd) → 0, or a negative errno: sets O_NONBLOCK on an open file that we have just made,
 * and nobody else has.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value keep_private(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return answer(env, -errno);
  return answer(env, descriptor_own_private(state, fd) < 0 ? -errno : 0);
}

const struct function readiness_functions[] = {
    {"open", open_readiness}, {"watch", watch},       {"hold", hold},
    {"sort", sort},           {"poll", poll_now},     {"attempt", attempt},
    {"openAnew", open_anew},  {"keepPrivate", keep_private}, {NULL, NULL},
};
