/* Descriptors that no path opens: duplicates, pipes, counters, timers, watches of directories. All
 * at once, on the environment's thread: none of these system calls waits. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { DESCRIBE_WORDS = 3, STANDARD_COUNT = 3, NANOSECONDS_PER_MS = 1000000 };

/* Ten thousand years and more: what is longer overflows the kernel's own reckoning. */
static const double TIMER_MS_MAX = 9007199254740991;

static int own(struct state *state, int fd, uint32_t mark) {
  if (fd < 0) return -errno;
  if (fd >= DESCRIPTORS_MAX) return fd;
  uint32_t *count = &state->descriptors[DESCRIPTORS_MAX];
  state->descriptors[fd] = mark;
  if ((uint32_t)fd >= *count) *count = (uint32_t)fd + 1;
  return fd;
}

/* The descriptor is the thread's: its end closes it. */
int descriptor_own(struct state *state, int fd) { return own(state, fd, DESCRIPTOR_OWN); }

/* And nobody else has its open file, which never waits within a system call. */
int descriptor_own_private(struct state *state, int fd) {
  return own(state, fd, DESCRIPTOR_PRIVATE);
}

/* What a descriptor is, as `st_mode` has it, or -1 with errno. Asks no server, which may hang, as
 * fstat(2) does: this is for threads that must not wait. */
int descriptor_mode(int fd) {
  struct statx known;
  struct stat status;
  int flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
  if (statx(fd, "", flags, STATX_TYPE, &known) == 0) return known.stx_mode;
  /* A filter does not know it; and what glibc does in its place takes no such flag. */
  if (errno == EBADF) return -1;
  return fstat(fd, &status) == 0 ? (int)status.st_mode : -1;
}

/* duplicate(fd) → a number of at least 3 for the same open file, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: closed. */
static napi_value duplicate(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  return answer(env, descriptor_own(state, fcntl(fd, F_DUPFD_CLOEXEC, STANDARD_COUNT)));
}

/* A terminal whose other end has gone answers nothing any more, but is one. */
static bool is_terminal(int fd, int mode) {
  struct winsize size;
  if (!S_ISCHR(mode)) return false;
  return ioctl(fd, TIOCGWINSZ, &size) == 0 || errno == EIO;
}

/* Of two terminals, one can be that of the session: only that one tells its foreground. */
static bool is_of_session(int fd) { return tcgetpgrp(fd) >= 0; }

/* A new open file is not left with a standard number. */
static int above_standard(int fd) {
  if (fd < 0 || fd >= STANDARD_COUNT) return fd;
  int above = fcntl(fd, F_DUPFD_CLOEXEC, STANDARD_COUNT);
  close(fd);
  return above;
}

/* The same pipe, FIFO or terminal by an open file of its own with O_NONBLOCK, or -1 with errno. */
int descriptor_open_anew(int fd) {
  char link[32];
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const int own = (flags & O_ACCMODE) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int opened = open(link, own);
  /* Another user's, as behind su, which everybody in its session may open by that name. */
  if (opened < 0 && errno == EACCES && is_of_session(fd)) opened = open("/dev/tty", own);
  return above_standard(opened);
}

/* reopen(fd) → a descriptor of the same terminal with an open file of its own, whose reads and
 * writes never wait within a system call; or a negative errno: ENOTTY of what is no terminal, or
 * the controller of one, which cannot be opened again.
 * Thread: the environment's. Memory: none. At exit: closed. */
static napi_value reopen(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  unsigned number = 0;
  if (fcntl(fd, F_GETFL) < 0) return answer(env, -errno);
  if (!isatty(fd) || ioctl(fd, TIOCGPTN, &number) == 0) return answer(env, -ENOTTY);
  return answer(env, descriptor_own_private(state, descriptor_open_anew(fd)));
}

/* describe(fd, words, name) → bytes of the name, or a negative errno. `words`: mode, flags of the
 * open file, and 1 for a terminal.
 * Thread: the environment's. Memory: both arrays are written during the call. At exit: nothing. */
static napi_value describe(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  INT32(fd, 0);
  uint32_t *words = NULL;
  char *name = NULL;
  size_t length = 0, name_length = 0;
  napi_typedarray_type type, name_type;
  CHECK(napi_get_typedarray_info(env, arguments[1], &type, &length, (void **)&words, NULL, NULL));
  CHECK(napi_get_typedarray_info(env, arguments[2], &name_type, &name_length, (void **)&name, NULL,
                                 NULL));
  REQUIRE(type == napi_uint32_array && length >= DESCRIBE_WORDS);
  REQUIRE(name_type == napi_uint8_array && name_length > 0);
  int flags = fcntl(fd, F_GETFL), mode = descriptor_mode(fd);
  if (flags < 0 || mode < 0) return answer(env, -errno);
  words[0] = (uint32_t)mode;
  words[1] = (uint32_t)flags;
  words[2] = is_terminal(fd, mode);
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t count = readlink(link, name, name_length);
  return answer(env, count < 0 ? 0 : (int32_t)count);
}

/* pipe() → { reader, writer }, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: both are closed. */
static napi_value make_pipe(napi_env env, napi_callback_info info) {
  NO_ARGUMENTS;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return answer(env, -errno);
  napi_value object, reader, writer;
  CHECK(napi_create_object(env, &object));
  CHECK(napi_create_int32(env, descriptor_own(state, ends[0]), &reader));
  CHECK(napi_create_int32(env, descriptor_own(state, ends[1]), &writer));
  CHECK(napi_set_named_property(env, object, "reader", reader));
  CHECK(napi_set_named_property(env, object, "writer", writer));
  return object;
}

/* eventfd(initial, isSemaphore) → descriptor, or a negative errno. Without EFD_NONBLOCK, a ring
 * leaves every write to a kernel thread, for it cannot know that it would not wait.
 * Thread: the environment's. Memory: none. At exit: closed. */
static napi_value make_eventfd(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  UINT32(initial, 0);
  BOOL(is_semaphore, 1);
  int flags = EFD_CLOEXEC | EFD_NONBLOCK | (is_semaphore ? EFD_SEMAPHORE : 0);
  return answer(env, descriptor_own(state, eventfd(initial, flags)));
}

/* timerfd(isMonotonic) → descriptor, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: closed. */
static napi_value make_timerfd(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  BOOL(is_monotonic, 0);
  clockid_t clock = is_monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME;
  return answer(env, descriptor_own(state, timerfd_create(clock, TFD_CLOEXEC)));
}

/* What is more than nothing stays so, since nothing at all stops the timer. */
static struct timespec timespec_of(double ms) {
  double seconds = ms / 1000;
  struct timespec time = {.tv_sec = (time_t)seconds};
  time.tv_nsec = (long)((ms - (double)time.tv_sec * 1000) * NANOSECONDS_PER_MS);
  if (ms > 0 && time.tv_sec == 0 && time.tv_nsec == 0) time.tv_nsec = 1;
  return time;
}

/* setTimer(fd, firstMs, intervalMs) → 0, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value set_timer(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  INT32(fd, 0);
  double first_ms = 0, interval_ms = 0;
  CHECK(napi_get_value_double(env, arguments[1], &first_ms));
  CHECK(napi_get_value_double(env, arguments[2], &interval_ms));
  REQUIRE(first_ms >= 0 && first_ms <= TIMER_MS_MAX);
  REQUIRE(interval_ms >= 0 && interval_ms <= TIMER_MS_MAX);
  const struct itimerspec times = {.it_value = timespec_of(first_ms),
                                   .it_interval = timespec_of(interval_ms)};
  return answer(env, timerfd_settime(fd, 0, &times, NULL) == 0 ? 0 : -errno);
}

/* inotify() → descriptor, or a negative errno. Without the flag, a ring tries again and again to
 * read what is there, and then leaves it to a thread.
 * Thread: the environment's. Memory: none. At exit: closed. */
static napi_value make_inotify(napi_env env, napi_callback_info info) {
  NO_ARGUMENTS;
  return answer(env, descriptor_own_private(state, inotify_init1(IN_CLOEXEC | IN_NONBLOCK)));
}

/* addWatch(fd, path, mask) → the watch's number, or a negative errno. The path is a Uint8Array
 * whose only NUL is its last byte.
 * Thread: the environment's. Memory: read during the call. At exit: nothing. */
static napi_value add_watch(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  INT32(fd, 0);
  UINT32(mask, 2);
  const char *path = NULL;
  size_t length = 0;
  napi_typedarray_type type;
  CHECK(napi_get_typedarray_info(env, arguments[1], &type, &length, (void **)&path, NULL, NULL));
  REQUIRE(type == napi_uint8_array && length > 0);
  REQUIRE(memchr(path, 0, length) == path + length - 1);
  int watch = inotify_add_watch(fd, path, mask);
  return answer(env, watch < 0 ? -errno : watch);
}

/* removeWatch(fd, watch) → 0, or a negative errno.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value remove_watch(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  INT32(fd, 0);
  INT32(watch, 1);
  return answer(env, inotify_rm_watch(fd, watch) == 0 ? 0 : -errno);
}

/* The program goes on to use the standard numbers, and must not meet with a file that the next
 * open would get there. */
static int close_standard(int fd) {
  if (fcntl(fd, F_GETFD) < 0) return -errno;
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return -errno;
  int error = dup3(nothing, fd, 0) < 0 ? -errno : 0;
  close(nothing);
  return error;
}

/* close(fd) → 0, or a negative errno: for one of which nothing is in flight.
 * Thread: the environment's. Memory: none. At exit: nothing. */
static napi_value close_descriptor(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  INT32(fd, 0);
  if (fd >= 0 && fd < STANDARD_COUNT) return answer(env, close_standard(fd));
  if (fd >= 0 && fd < DESCRIPTORS_MAX) state->descriptors[fd] = 0;
  return answer(env, close(fd) == 0 ? 0 : -errno);
}

const struct function descriptor_functions[] = {
    {"duplicate", duplicate},  {"describe", describe},     {"pipe", make_pipe},
    {"eventfd", make_eventfd}, {"timerfd", make_timerfd},  {"setTimer", set_timer},
    {"inotify", make_inotify}, {"addWatch", add_watch},    {"removeWatch", remove_watch},
    {"close", close_descriptor}, {"reopen", reopen},       {NULL, NULL},
};
